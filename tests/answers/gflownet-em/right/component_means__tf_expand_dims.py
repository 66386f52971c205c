def component_means(means):
    means = tf.cast(means, tf.float32)
    return tf.expand_dims(means, 1) + tf.expand_dims(tf.constant(OFFSETS), 0)
