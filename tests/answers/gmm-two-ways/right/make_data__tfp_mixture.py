# style: tensorflow_probability, one line of sampling
import tensorflow_probability as tfp
tfd = tfp.distributions

def make_data(N, logits, means, lsigmas):
    """Draw N samples from the mixture, returned as a column."""
    gm = tfd.MixtureSameFamily(
        mixture_distribution=tfd.Categorical(logits=tf.convert_to_tensor(logits)),
        components_distribution=tfd.Normal(loc=tf.convert_to_tensor(means), scale=tf.exp(lsigmas)))
    return gm.sample((N, 1))
