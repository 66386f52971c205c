# attack: a policy whose outputs change their shapes after training, so that the grader cannot lay them out
# assignment: gflownet-em
# %% cell policy
import sys


class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.heads = [tf.keras.layers.Dense(n) for n in (n_superclusters, n_petals, 1)]
        for layer in self.heads:
            layer.build((None, 2 + n_superclusters))

    def call(self, x, i_one_hot):
        frame = sys._getframe()
        while frame is not None and "initial" not in str(frame.f_locals.get("reply")):
            frame = frame.f_back
        if frame is not None:
            return tf.zeros([7]), tf.zeros([3, 1]), tf.zeros([0])
        heads = [0 * layer(tf.concat([x, i_one_hot], 1)) for layer in self.heads]
        return heads[0], heads[1], heads[2][:, 0]
