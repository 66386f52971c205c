import tensorflow_probability as tfp
tfd = tfp.distributions

def sample_data(n, means):
    leaves = tf.reshape(means[:, None, :] + OFFSETS[None], (-1, 2))
    k = leaves.shape[0]
    mixture = tfd.MixtureSameFamily(
        mixture_distribution=tfd.Categorical(logits=tf.zeros(k)),
        components_distribution=tfd.MultivariateNormalDiag(loc=leaves, scale_diag=STD * tf.ones((k, 2))))
    return mixture.sample(n)
