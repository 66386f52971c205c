def component_means(means):
    return tf.stack([means + o for o in OFFSETS], axis=1)
