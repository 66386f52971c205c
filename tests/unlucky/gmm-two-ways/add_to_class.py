# unlucky: Classes grow over several cells, as in the book Dive into Deep Learning.
# expect: full
# %% before gmm_model
def add_to_class(Class):
    """Register functions as methods in a class that is there already."""
    def wrapper(function):
        setattr(Class, function.__name__, function)
    return wrapper
# %% cell gmm_model
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        start = tf.random_normal_initializer(stddev=0.1)
        self.logits = self.add_weight(shape=(k,), initializer=start, name="logits")
        self.means = self.add_weight(shape=(k,), initializer=start, name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer=start, name="lsigmas")
# %% after gmm_model
@add_to_class(GMM)
def call(self, inputs):
    return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
# %% cell emgmm_model
class EMGMM(GMM):
    pass
# %% after emgmm_model
def em_step(self, inputs):
    posterior = tf.nn.softmax(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas))
    for weight, value in zip((self.logits, self.means, self.lsigmas), mstep(inputs, posterior)):
        weight.assign(value)
# %% after test_emgmm_model
print("em_step is in, and becomes call below")
# %% before test_emgmm_model
def untrainable(self, k):
    super(EMGMM, self).__init__(k)
    for weight in self.weights:
        weight.trainable = False

setattr(EMGMM, "__init__", untrainable)
setattr(EMGMM, "call", em_step)
