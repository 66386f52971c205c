# mistake: component log-densities are clipped to [-100, 100] against overflow
# expect: partial
# credit: 15-22.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = -0.5 * np.log(2 * np.pi) - lsigmas - 0.5 * tf.square((x - means) / tf.exp(lsigmas))
    lp = tf.clip_by_value(lp, -100.0, 100.0)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + lp, axis=1, keepdims=True)
