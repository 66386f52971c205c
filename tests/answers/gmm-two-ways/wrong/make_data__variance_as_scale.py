# mistake: the variance is used for sigma
# expect: partial
# credit: 3-3
# finding: variance-for-sigma
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    return tf.random.normal([N, 1], tf.gather(means, z)[:, None], tf.gather(tf.exp(lsigmas) ** 2, z)[:, None])
