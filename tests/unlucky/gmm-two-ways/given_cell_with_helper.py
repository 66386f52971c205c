# unlucky: A helper was added to a given cell; lines of it begin with % and !, as continued lines and text may.
# expect: full
# %% bottom given_ground_truth
def wrapped(k):
    """Index of a component, modulo K.

%timeit wrapped(7)  # 80 ns
!ls                 # not a command: only text
    """
    return (k
            % K)


def log_normal_density(x, means, lsigmas):
    squared = tf.square((x - means) * tf.exp(-lsigmas))
    return (-0.5 * squared - lsigmas
            - 0.5 * np.log(2 * np.pi))
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_joint = tf.nn.log_softmax(logits) + log_normal_density(x, means, lsigmas)
    return tf.reduce_logsumexp(log_joint, axis=1, keepdims=True)
mixture_likelihood?
