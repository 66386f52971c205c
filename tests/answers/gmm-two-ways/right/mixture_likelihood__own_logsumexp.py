# style: own log-sum-exp by subtracting the maximum (helper cell)
def my_logsumexp(a, axis):
    m = tf.stop_gradient(tf.reduce_max(a, axis=axis, keepdims=True))
    return m + tf.math.log(tf.reduce_sum(tf.exp(a - m), axis=axis, keepdims=True))
# %% cell
def mixture_likelihood(x, logits, means, lsigmas):
    logits, means, lsigmas = [tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas)]
    weights = logits - my_logsumexp(logits, 1)
    d = tf.cast(x, "float32") - means
    lp = -0.5 * tf.math.log(2 * tf.constant(np.pi)) - lsigmas - d * d / 2 * tf.exp(-2 * lsigmas)
    return my_logsumexp(weights + lp, 1)
