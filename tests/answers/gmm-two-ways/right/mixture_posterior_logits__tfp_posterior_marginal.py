def mixture_posterior_logits(x, logits, means, lsigmas):
    import tensorflow_probability as tfp
    tfd = tfp.distributions
    l, m, s = (tf.reshape(tf.convert_to_tensor(v, tf.float32), [-1]) for v in (logits, means, lsigmas))
    msf = tfd.MixtureSameFamily(tfd.Categorical(logits=l), tfd.Normal(m, tf.exp(s)))
    return msf.posterior_marginal(tf.reshape(tf.cast(x, tf.float32), [-1])).logits
