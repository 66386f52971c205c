# style: (K, N) layout, parameters as columns, reshape at the end; log of the softmax
def mixture_likelihood(x, logits, means, lsigmas):
    xt = tf.reshape(tf.cast(x, tf.float32), (1, -1))            # (1, N)
    pi = tf.nn.softmax(tf.reshape(logits, (-1, 1)), axis=0)     # (K, 1)
    mu = tf.reshape(means, (-1, 1))
    ls = tf.reshape(lsigmas, (-1, 1))
    var = tf.exp(ls) ** 2
    logN = -(xt - mu) ** 2 / (2 * var) - 0.5 * tf.math.log(2 * np.pi * var)
    out = tf.reduce_logsumexp(tf.math.log(pi) + logN, axis=0)   # (N,)
    return tf.reshape(out, (-1, 1))
