# style: keras.ops throughout
import keras
from keras import ops

def mixture_likelihood(x, logits, means, lsigmas):
    x = ops.convert_to_tensor(x, dtype="float32")
    logits = ops.reshape(logits, (1, -1))
    means = ops.reshape(means, (1, -1))
    lsigmas = ops.reshape(lsigmas, (1, -1))
    log_pi = ops.log_softmax(logits, axis=-1)
    log_norm = -0.5 * ops.square((x - means) * ops.exp(-lsigmas)) - lsigmas - 0.9189385332046727
    return ops.logsumexp(log_pi + log_norm, axis=-1, keepdims=True)
