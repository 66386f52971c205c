# style: running pairwise log-add-exp with log1p, unstacked parameters
def mixture_likelihood(x, logits, means, lsigmas):
    """
    log p(x) = log sum_k pi_k N(x; mu_k, sigma_k)

    accumulated one component after the other with
    log(e^a + e^b) = max(a, b) + log(1 + e^-|a - b|)
    """
    x = tf.cast(x, tf.float32)
    lw = tf.nn.log_softmax(tf.reshape(logits, [-1]))
    total = None
    for l, m, s in zip(tf.unstack(lw), tf.unstack(tf.reshape(means, [-1])), tf.unstack(tf.reshape(lsigmas, [-1]))):
        a = l - s - 0.5 * tf.square((x - m) / tf.exp(s)) - 0.5 * tf.math.log(2.0 * np.pi)
        total = a if total is None else tf.maximum(total, a) + tf.math.log1p(tf.exp(-tf.abs(total - a)))
    return total
