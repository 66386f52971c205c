def mixture_likelihood(x, logits, means, lsigmas):
    from keras import ops
    x = ops.cast(x, "float32")
    logits, means, lsigmas = ops.reshape(logits, (1, -1)), ops.reshape(means, (1, -1)), ops.reshape(lsigmas, (1, -1))
    z = (x - means) / ops.exp(lsigmas)
    lj = ops.log_softmax(logits, axis=-1) - lsigmas - 0.5 * ops.square(z) - 0.5 * ops.log(2 * np.pi)
    return ops.logsumexp(lj, axis=1, keepdims=True)
