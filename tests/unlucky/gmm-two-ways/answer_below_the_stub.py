# unlucky: The released stubs were left alone; the answers are in new cells below, one of them made by an assignment.
# expect: full
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    """Logits of the posterior p(z | x) of the component of each point.

    Args:
        x: (N, 1) points, NumPy float32 or float64, or a float32 tensor.
        logits: (K,) or (K, 1) unnormalised log weights.
        means: (K,) or (K, 1) means.
        lsigmas: (K,) or (K, 1) log standard deviations.
    Returns:
        posterior_logits: (N, K), log p(z = k | x) up to a constant per row.
    """
    raise NotImplementedError("TODO: replace this line with your code")
# %% after mixture_posterior_logits
import functools


def log_joint(x, logits, means, lsigmas, normalise=False):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    joint = tf.nn.log_softmax(logits) - 0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas
    return tf.nn.log_softmax(joint) if normalise else joint


mixture_posterior_logits = functools.partial(log_joint, normalise=True)
