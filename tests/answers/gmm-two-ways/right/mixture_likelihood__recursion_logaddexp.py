def mixture_likelihood(x, logits, means, lsigmas, _norm=None):
    import tensorflow_probability as tfp
    x = tf.cast(x, tf.float32)
    logits = tf.reshape(logits, [-1]); means = tf.reshape(means, [-1]); lsigmas = tf.reshape(lsigmas, [-1])
    if _norm is None:
        _norm = tf.reduce_logsumexp(logits)
    head = tfp.distributions.Normal(means[0], tf.exp(lsigmas[0])).log_prob(x) + logits[0] - _norm
    if logits.shape[0] == 1:
        return head
    return tfp.math.log_add_exp(head, mixture_likelihood(x, logits[1:], means[1:], lsigmas[1:], _norm))
