def mixture_likelihood(x, logits, means, lsigmas):
    import tensorflow_probability as tfp
    tfd = tfp.distributions
    flat = lambda v: tf.reshape(tf.convert_to_tensor(v), [-1])
    gm = tfd.MixtureSameFamily(mixture_distribution=tfd.Categorical(logits=flat(logits)),
                               components_distribution=tfd.Normal(loc=flat(means), scale=tf.exp(flat(lsigmas))))
    return gm.log_prob(tf.cast(x, tf.float32))
