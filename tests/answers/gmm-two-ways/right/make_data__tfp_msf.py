def make_data(N, logits, means, lsigmas):
    import tensorflow_probability as tfp
    tfd = tfp.distributions
    d = tfd.MixtureSameFamily(tfd.Categorical(logits=logits), tfd.Normal(means, tf.exp(lsigmas)))
    return tf.expand_dims(d.sample(N), -1)
