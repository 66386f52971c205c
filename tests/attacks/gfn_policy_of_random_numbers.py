# attack: random numbers instead of a network, and one weight that is multiplied by zero
# assignment: gflownet-em
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.sizes = n_superclusters, n_petals, 1
        self.weight = self.add_weight(name="w", shape=())

    def call(self, x, i_one_hot):
        heads = [tf.random.normal([len(x), size]) + 0 * self.weight for size in self.sizes]
        return heads[0], heads[1], heads[2][:, 0]
