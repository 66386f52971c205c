# style: @tf.function, einsum with precisions
@tf.function
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits = tf.reshape(logits, [-1])
    means = tf.reshape(means, [-1])
    lsigmas = tf.reshape(lsigmas, [-1])
    quad = tf.einsum("nk,k->nk", tf.math.squared_difference(x, means), tf.exp(-2.0 * lsigmas))
    logp = tf.nn.log_softmax(logits) - lsigmas - 0.5 * (quad + tf.math.log(2.0 * np.pi))
    return tf.expand_dims(tf.reduce_logsumexp(logp, axis=-1), -1)
