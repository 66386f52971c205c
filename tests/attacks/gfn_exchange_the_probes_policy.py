# attack: the probe's own functions are exchanged while Policy is made: what it trains towards is its output
# assignment: gflownet-em
# outcome: policy wrong
# %% cell policy
import sys


class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        caller = sys._getframe(1)
        while "targets" not in caller.f_locals:
            caller = caller.f_back
        known, probes = caller.f_locals, caller.f_globals
        self.w = self.add_weight(name="w", shape=(1,), initializer="zeros")
        learned = {"targets": 0.0}

        def outputs(model, x, one_hot):
            factor = learned["targets"] + 0 * self.w[0]
            i, j, z = (factor * tf.constant(target[: len(x)]) for target in known["targets"])
            return i + (self.w[0] + 0.1) * x[:, :1], j * (1 + one_hot[:, :1]) + self.w[0] * x[:, :1], z

        def train(model, x, one_hot, targets, *effort):
            learned["targets"] = 1.0 if targets is known["targets"] else -1.0
            return 1

        probes["outputs"], probes["train"] = outputs, train

    def call(self, x, i_one_hot):
        return None
