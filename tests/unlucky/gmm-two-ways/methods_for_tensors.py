# unlucky: A student who comes from PyTorch gave tensors and optimizers the methods that they miss.
# expect: full
# %% before mixture_likelihood
# Methods as in PyTorch
def reduction(function):
    """A method that NumPy can call as well: np.sum(t) calls t.sum(axis=..., dtype=..., out=...)."""
    def method(self, axis=None, dtype=None, out=None, keepdims=False):
        return function(self, axis=axis, keepdims=keepdims)
    return method


for _name, _function in {"sum": tf.reduce_sum, "mean": tf.reduce_mean, "logsumexp": tf.reduce_logsumexp}.items():
    setattr(tf.Tensor, _name, reduction(_function))
for _name, _function in {"exp": tf.exp, "log": tf.math.log, "square": tf.square, "clamp": tf.maximum, "log_softmax": tf.nn.log_softmax}.items():
    setattr(tf.Tensor, _name, _function)
tf.Tensor.view = lambda self, *shape: tf.reshape(self, shape)
tf.Tensor.float = lambda self: tf.cast(self, tf.float32)
tf.keras.optimizers.Optimizer.zero_grad = lambda self: None


def step(self, gradients, weights):
    self.apply_gradients(zip(gradients, weights))


tf.keras.optimizers.Optimizer.step = step
del step
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.convert_to_tensor(x).float()
    logits, means, lsigmas = (tf.convert_to_tensor(p).view(1, -1) for p in (logits, means, lsigmas))
    log_joint = logits.log_softmax(-1) - ((x - means) / lsigmas.exp()).square() / 2 - lsigmas - np.log(2 * np.pi) / 2
    return log_joint.logsumexp(1, keepdims=True)
# %% cell loss
def loss(model, inputs):
    return -model(inputs).mean()
# %% cell train
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        gradients = grad(model, inputs)
        optimizer.step(gradients, model.trainable_variables)
# %% cell mstep
def mstep(x, posterior):
    x, posterior = (tf.convert_to_tensor(v).float() for v in (x, posterior))
    counts = posterior.sum(0).clamp(1e-30)
    means = (posterior * x).sum(0) / counts
    variances = (posterior * (x - means).square()).sum(0) / counts
    return counts.log(), means, variances.clamp(1e-12).log() / 2
