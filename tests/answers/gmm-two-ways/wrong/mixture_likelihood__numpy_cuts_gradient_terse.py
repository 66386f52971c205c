# mistake: NumPy cuts the gradient in all parameters
# expect: partial
# credit: 10-19
# finding: gradient-cut
def mixture_likelihood(x, logits, means, lsigmas):
    from scipy.special import logsumexp, log_softmax
    x = np.asarray(x); l = np.ravel(logits); m = np.ravel(means); s = np.ravel(lsigmas)
    return tf.constant(logsumexp(log_softmax(l) - s - .5 * ((x - m) / np.exp(s)) ** 2 - .5 * np.log(2 * np.pi), axis=1, keepdims=True), tf.float32)
