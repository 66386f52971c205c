# unlucky: A helper is written to a file with %%writefile and brought in with %run.
# expect: full
# %% before mixture_likelihood
%%writefile gaussian_tools.py
import numpy as np
import tensorflow as tf


def log_joint(x, logits, means, lsigmas):
    """log p(x, z), (N, K)."""
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - 0.5 * np.log(2 * np.pi)
    return tf.nn.log_softmax(logits) + log_normal
# %% cell mixture_likelihood
%run gaussian_tools.py

def mixture_likelihood(x, logits, means, lsigmas):
    return tf.reduce_logsumexp(log_joint(x, logits, means, lsigmas), axis=1, keepdims=True)
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return log_joint(x, logits, means, lsigmas)
