# mistake: the offsets are multiplied by STD
# credit: 3-3
# keywords: STD|scale|multipl|OFFSETS
def component_means(means):
    return tf.expand_dims(means, 1) + STD * OFFSETS[None]
