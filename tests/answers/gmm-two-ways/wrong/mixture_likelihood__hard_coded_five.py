# mistake: loops over exactly five components
# expect: partial|wrong|error
# credit: 0-15
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    lw = tf.nn.log_softmax(logits)
    cols = []
    for k in range(5):
        cols.append(lw[k] - lsigmas[k] - 0.5 * np.log(2 * np.pi) - 0.5 * ((x - means[k]) / tf.exp(lsigmas[k])) ** 2)
    return tf.reduce_logsumexp(tf.concat(cols, axis=1), axis=1, keepdims=True)
