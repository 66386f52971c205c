# unlucky: All of the mathematics is left to TensorFlow Probability.
# expect: full
# %% first
import tensorflow_probability as tfp
tfd = tfp.distributions
# %% cell make_data
def mixture(logits, means, lsigmas):
    logits, means, lsigmas = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    return tfd.MixtureSameFamily(tfd.Categorical(logits=logits), tfd.Normal(means, tf.exp(lsigmas)))


def make_data(N, logits, means, lsigmas):
    return mixture(logits, means, lsigmas).sample(N)[:, None]
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    return mixture(logits, means, lsigmas).log_prob(tf.cast(x, tf.float32))
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return mixture(logits, means, lsigmas).posterior_marginal(tf.cast(x, tf.float32)[:, 0]).logits
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + 1e-30
    means = tf.einsum("nk,no->k", posterior, x) / counts
    variances = tf.reduce_sum(posterior * tf.math.squared_difference(x, means), axis=0) / counts
    return tfp.math.log_add_exp(tf.math.log(counts), tf.constant(-200.0)), means, tf.math.log(tf.sqrt(variances + 1e-12))
