# mistake: the term -log sigma is missing
# expect: partial
# credit: 12-17.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    lw = tf.nn.log_softmax(tf.reshape(logits, [-1]))
    mu = tf.reshape(means, [-1])
    sigma = tf.exp(tf.reshape(lsigmas, [-1]))
    return tf.reduce_logsumexp(lw - (x - mu) ** 2 / (2 * sigma ** 2) - 0.5 * tf.math.log(2 * np.pi), 1, keepdims=True)
