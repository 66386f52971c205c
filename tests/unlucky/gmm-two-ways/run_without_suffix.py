# unlucky: A file that a cell writes is run by a magic without its suffix.
# expect: full
# %% first
%%writefile my_tools.py
import tensorflow as tf
def column(x):
    return tf.cast(tf.reshape(x, [-1, 1]), tf.float32)
def row(*parameters):
    return [tf.reshape(tf.cast(p, tf.float32), [1, -1]) for p in parameters]
# %% cell mixture_likelihood
%run my_tools

def mixture_likelihood(x, logits, means, lsigmas):
    logits, means, lsigmas = row(logits, means, lsigmas)
    log_normal = -0.5 * tf.square((column(x) - means) / tf.exp(lsigmas)) - lsigmas - 0.5 * np.log(2 * np.pi)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
