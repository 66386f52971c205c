# mistake: lsigmas is taken for sigma everywhere, so its logarithm is often NaN
# expect: partial
# credit: 10-10
# finding: sigma-not-exponentiated
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(tf.reshape(x, [-1, 1]), tf.float32)
    logits, means, sigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    joint = tf.nn.log_softmax(logits) - 0.5 * ((x - means) / sigmas) ** 2 - tf.math.log(sigmas)
    return tf.reduce_logsumexp(joint - 0.5 * np.log(2 * np.pi), axis=1, keepdims=True)
