# unlucky: Two answers were written into one cell, and their own cells hold a remark only.
# expect: full
# %% cell mixture_likelihood
class Parameters:
    def __init__(self, *parameters):
        self.logits, self.means, self.lsigmas = (tf.reshape(p, [1, -1]) for p in parameters)

    def log_joint(self, x):
        log_normal = -0.5 * ((tf.cast(x, tf.float32) - self.means) / tf.exp(self.lsigmas)) ** 2 - self.lsigmas
        return tf.nn.log_softmax(self.logits) + log_normal - 0.5 * np.log(2 * np.pi)


mixture_likelihood = lambda x, *parameters: tf.reduce_logsumexp(Parameters(*parameters).log_joint(x), 1, keepdims=True)
mixture_posterior_logits, emgmm_steps = (lambda x, *parameters: Parameters(*parameters).log_joint(x)), 0
# %% cell mixture_posterior_logits
# See above: `mixture_posterior_logits` is in the cell of `mixture_likelihood`, since they share so much.
# %% cell train
"""Done above, in the cell of loss."""
# %% cell loss
def loss(model, inputs):
    return -tf.reduce_sum(model(inputs))

def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        optimizer.apply_gradients(zip(grad(model, inputs), model.trainable_variables))
