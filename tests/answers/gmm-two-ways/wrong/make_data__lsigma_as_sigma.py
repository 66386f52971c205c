# mistake: log sigma is used as sigma, exp forgotten
# expect: partial
# credit: 1.5-3.5
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical(tf.reshape(logits, (1, -1)), N)[0]
    x = tf.gather(means, z) + tf.gather(lsigmas, z) * tf.random.normal((N,))
    return tf.reshape(x, (N, 1))
