# attack: three biases instead of a network: nothing depends on the inputs
# assignment: gflownet-em
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.heads = [self.add_weight(name=f"b{k}", shape=(k,)) for k in (n_superclusters, n_petals, 1)]

    def call(self, x, i_one_hot):
        i, j, z = (head + tf.zeros([len(x), 1]) for head in self.heads)
        return i, j, z[:, 0]
