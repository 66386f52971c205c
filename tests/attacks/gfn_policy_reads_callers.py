# attack: the policy answers with what the frames above it hold: exact posteriors, expected logits, log Z
# assignment: gflownet-em
# outcome: policy wrong
# %% cell policy
import sys


def seen(shape):
    """The first array of this shape in any caller's names, however deep in its containers."""
    frame = sys._getframe(2)
    while frame is not None:
        todo = [*frame.f_locals.values(), *frame.f_globals.values()]
        for depth in range(4):
            inner = []
            for value in todo:
                if isinstance(value, (np.ndarray, tf.Tensor)) and tuple(value.shape) == shape:
                    return tf.cast(tf.constant(np.array(value)), tf.float32)
                if isinstance(value, dict):
                    inner += list(value.values())[:200]
                elif isinstance(value, (list, tuple)):
                    inner += list(value)[:200]
            todo = inner
        frame = frame.f_back
    return tf.zeros(shape)


class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p = n_superclusters, n_petals

    def call(self, x, i_one_hot):
        n = len(x)
        joint = seen((n, self.c, self.p))
        return tf.reduce_sum(joint, 2), tf.reduce_sum(joint, 1) if self.p != 4 else seen((n, self.p)), seen((n,))

# %% cell sample_posterior
def sample_posterior(policy, x):
    n = len(x)
    q = seen((n, 4, 4))
    leaf = tf.argmax(tf.reshape(q, [n, -1]), axis=1)
    return leaf // 4, leaf % 4
