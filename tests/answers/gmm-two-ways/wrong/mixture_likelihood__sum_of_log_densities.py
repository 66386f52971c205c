# mistake: log-densities are averaged with the weights
# expect: partial
# credit: 10-10
# finding: weighted-sum-of-logs
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    return tf.reduce_sum(tf.nn.softmax(l) * (-s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi)), 1, keepdims=True)
