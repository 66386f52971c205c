# style: Bayes' rule with mixture_likelihood as evidence
def mixture_posterior_logits(x, logits, means, lsigmas):
    l = tf.reshape(logits, [-1])
    m = tf.reshape(means, [-1])
    s = tf.reshape(lsigmas, [-1])
    prior = l - tf.reduce_logsumexp(l)
    cond = -0.5 * np.log(2 * np.pi) - s - 0.5 * tf.square((tf.cast(x, tf.float32) - m) / tf.exp(s))
    evidence = mixture_likelihood(x, logits, means, lsigmas)
    return prior + cond - evidence
