import dataclasses


@dataclasses.dataclass(frozen=True)
class Component:
    """One component; calling it gives a column of log pi + log N(x; mean, sigma^2), up to a constant."""

    log_weight: tf.Tensor
    mean: tf.Tensor
    lsigma: tf.Tensor

    def __call__(self, x):
        away = (x - self.mean) * tf.exp(-self.lsigma)
        return self.log_weight - self.lsigma - 0.5 * away * away


def components(*parameters):
    """One component after the other, whether the parameters are (K,) or (K, 1)."""
    for triple in zip(*(tf.unstack(tf.reshape(tf.cast(p, tf.float32), [-1])) for p in parameters)):
        yield Component(*triple)

# %% cell
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    return tf.concat([component(x) for component in components(logits, means, lsigmas)], axis=1)
