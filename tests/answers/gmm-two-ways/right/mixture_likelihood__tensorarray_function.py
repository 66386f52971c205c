@tf.function
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits = tf.reshape(logits, [-1]); means = tf.reshape(means, [-1]); lsigmas = tf.reshape(lsigmas, [-1])
    K = tf.shape(logits)[0]
    ta = tf.TensorArray(tf.float32, size=K)
    for k in tf.range(K):
        ta = ta.write(k, -0.5 * tf.square((x[:, 0] - means[k]) / tf.exp(lsigmas[k])) - lsigmas[k] + logits[k])
    e = ta.stack()
    return tf.transpose(tf.reduce_logsumexp(e, axis=0, keepdims=True)) - tf.reduce_logsumexp(logits) - 0.5 * tf.math.log(2. * np.pi)
