# mistake: N is ignored, 1000 points are always returned
# expect: partial|wrong
# credit: 0-4
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical(tf.reshape(logits, (1, -1)), 1000)[0]
    return tf.random.normal((1000, 1)) * tf.exp(tf.gather(lsigmas, z))[:, None] + tf.gather(means, z)[:, None]
