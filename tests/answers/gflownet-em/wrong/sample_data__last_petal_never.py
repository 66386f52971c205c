# mistake: off by one, the last petal is never drawn
# credit: 2-3
# keywords: uniform|last|never|even|share|petal
def sample_data(n, means):
    i = tf.random.uniform([n], 0, means.shape[0], tf.int32)
    j = tf.random.uniform([n], 0, 3, tf.int32)
    return tf.gather(means, i) + tf.gather(OFFSETS, j) + STD * tf.random.normal([n, 2])
