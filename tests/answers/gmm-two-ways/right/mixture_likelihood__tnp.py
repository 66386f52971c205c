def mixture_likelihood(x, logits, means, lsigmas):
    import tensorflow.experimental.numpy as tnp
    x = tnp.asarray(x, tnp.float32)
    l, m, s = tnp.ravel(tf.convert_to_tensor(logits)), tnp.ravel(tf.convert_to_tensor(means)), tnp.ravel(tf.convert_to_tensor(lsigmas))
    j = l - s - ((x - m) / tnp.exp(s)) ** 2 / 2
    top = tnp.max(j, axis=1, keepdims=True)
    return top + tnp.log(tnp.sum(tnp.exp(j - top), axis=1, keepdims=True)) - tf.reduce_logsumexp(l) - tf.constant(0.5 * np.log(2 * np.pi), tf.float32)
