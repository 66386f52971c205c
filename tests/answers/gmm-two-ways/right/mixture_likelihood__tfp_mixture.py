# style: tfp MixtureSameFamily
import tensorflow_probability as tfp

def mixture_likelihood(x, logits, means, lsigmas):
    flat = lambda t: tf.reshape(t, [-1])
    dist = tfp.distributions.MixtureSameFamily(
        tfp.distributions.Categorical(logits=flat(logits)),
        tfp.distributions.Normal(flat(means), tf.exp(flat(lsigmas))))
    return dist.log_prob(tf.cast(x, tf.float32))
