@tf.function(jit_compile=True)
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    l, m, s = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - s - .5 * ((x - m) * tf.exp(-s)) ** 2 - 0.9189385, axis=1, keepdims=True)
