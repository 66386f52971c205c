# mistake: mixing logits are not normalised
# expect: partial
# credit: 8-17.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * np.log(2 * np.pi) - lsigmas - 0.5 * tf.square((x - means) * tf.exp(-lsigmas))
    return tf.reduce_logsumexp(logits + log_normal, axis=1, keepdims=True)
