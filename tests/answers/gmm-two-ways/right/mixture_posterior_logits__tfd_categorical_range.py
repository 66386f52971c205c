def mixture_posterior_logits(x, logits, means, lsigmas):
    from tensorflow_probability import distributions as tfd
    l, m, s = (tf.reshape(p, (-1,)) for p in (logits, means, lsigmas))
    prior, lik = tfd.Categorical(logits=l), tfd.Normal(m, tf.exp(s))
    return lik.log_prob(tf.cast(x, tf.float32)) + prior.log_prob(tf.range(tf.size(l)))
