# style: (K, N) with keras.ops then transposed, tf.function
from keras import ops

@tf.function
def mixture_posterior_logits(x, logits, means, lsigmas):
    xr = ops.reshape(ops.cast(x, "float32"), (1, -1))
    lg, mu, ls = ops.reshape(logits, (-1, 1)), ops.reshape(means, (-1, 1)), ops.reshape(lsigmas, (-1, 1))
    kn = ops.log_softmax(lg, axis=0) - ls - ops.square((xr - mu) / ops.exp(ls)) / 2.0
    return ops.transpose(kn - ops.logsumexp(kn, axis=0, keepdims=True))
