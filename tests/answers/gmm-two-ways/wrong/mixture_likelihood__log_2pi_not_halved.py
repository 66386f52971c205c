# mistake: log(2 pi) is not halved
# expect: partial
# credit: 15-15
# finding: two-pi-not-halved
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - s - .5 * ((x - m) / tf.exp(s)) ** 2 - np.log(2 * np.pi), 1, keepdims=True)
