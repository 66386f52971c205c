# mistake: returns (N,)
# expect: partial
# credit: 3.5-4.5
# finding: wrong-shape
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    return tf.random.normal([N], tf.gather(means, z), tf.gather(tf.exp(lsigmas), z))
