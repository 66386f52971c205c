import tensorflow_probability as tfp
tfd = tfp.distributions

def exact_posterior(x, means):
    mu = tf.reshape(component_means(means), (-1, 2))
    mu = tf.cast(mu, tf.float32)
    model = tfd.MixtureSameFamily(
        tfd.Categorical(logits=tf.zeros(mu.shape[0])),
        tfd.MultivariateNormalDiag(mu, tf.fill(mu.shape, STD)))
    probs = model.posterior_marginal(tf.convert_to_tensor(x)).probs_parameter()
    return tf.reshape(probs, (len(x), -1, len(OFFSETS)))
