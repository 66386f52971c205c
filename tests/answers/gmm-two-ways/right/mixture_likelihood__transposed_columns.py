# style: transposes (K,1), which leaves (K,) as it is
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    lw = tf.transpose(tf.nn.log_softmax(logits, axis=0))
    z = (x - tf.transpose(means)) / tf.exp(tf.transpose(lsigmas))
    return tf.reduce_logsumexp(lw - tf.transpose(lsigmas) - .5 * z * z - .5 * np.log(2 * np.pi), 1, keepdims=True)
