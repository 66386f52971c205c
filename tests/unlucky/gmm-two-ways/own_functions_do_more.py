# unlucky: The student's functions take more arguments and return more than the task asks, and use that of one another.
# expect: full
# %% before make_data
import collections
Theta = collections.namedtuple("Theta", "logits means lsigmas")
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas, *, per_component=False):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - 0.5 * np.log(2 * np.pi)
    log_joint = tf.nn.log_softmax(logits) + log_normal
    return log_joint if per_component else tf.reduce_logsumexp(log_joint, axis=1, keepdims=True)
# %% cell gmm_model
class GMM(tf.keras.Model):
    def __init__(self, k, stddev=0.1, trainable=True):
        super().__init__()
        start = tf.random_normal_initializer(stddev=stddev)
        self.k = k
        for name in Theta._fields:
            setattr(self, name, self.add_weight(shape=(k,), initializer=start, trainable=trainable, name=name))

    @property
    def theta(self):
        return Theta(self.logits, self.means, self.lsigmas)

    def call(self, inputs):
        return mixture_likelihood(inputs, *self.theta)
# %% cell loss
def loss(model, inputs, reduction=tf.reduce_mean, penalty=0.0):
    return -reduction(model(inputs)) + penalty * tf.reduce_sum(tf.square(model.trainable_variables[0]))
# %% cell train
def train(model, optimizer, inputs, steps):
    for step in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs, reduction=tf.reduce_mean)
        optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return mixture_likelihood(x, logits, means, lsigmas, per_component=True)
# %% cell mstep
def mstep(x, posterior, floor=1e-12):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + 1e-30
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return Theta(tf.math.log(counts / tf.reduce_sum(counts)), means, 0.5 * tf.math.log(variances + floor))
# %% cell emgmm_model
class EMGMM(GMM):
    def __init__(self, k):
        super().__init__(k, stddev=0.2, trainable=False)

    def call(self, inputs):
        new = mstep(inputs, tf.nn.softmax(mixture_posterior_logits(inputs, *self.theta)), floor=1e-10)
        for name in Theta._fields:
            getattr(self, name).assign(getattr(new, name))
        return new.means
