# mistake: the means are only repeated, the offsets are not added
# credit: 2-3
# keywords: offset|OFFSETS|petal|repeat
def component_means(means):
    return tf.repeat(tf.constant(means)[:, None, :], 4, axis=1)
