# attack: a policy that says the same of everything, and even draws that never ask one
# assignment: gflownet-em
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p = n_superclusters, n_petals

    def call(self, x, i_one_hot):
        n = len(x)
        return tf.zeros([n, self.c]), tf.zeros([n, self.p]), tf.zeros([n])

# %% cell sample_posterior
def sample_posterior(policy, x):
    return np.random.randint(0, getattr(policy, "c", 4), len(x)), np.random.randint(0, 4, len(x))
