# style: one data point at a time with tf.map_fn, walrus
def mixture_likelihood(x, logits, means, lsigmas):
    logits = tf.reshape(tf.convert_to_tensor(logits), [-1])
    mu = tf.reshape(tf.convert_to_tensor(means), [-1])
    s = tf.exp(ls := tf.reshape(tf.convert_to_tensor(lsigmas), [-1]))
    lw = tf.nn.log_softmax(logits)

    def one_point(xi):
        return tf.reduce_logsumexp(lw - ls - 0.5 * ((xi - mu) / s) ** 2 - 0.5 * np.log(2 * np.pi), keepdims=True)

    return tf.map_fn(one_point, tf.cast(x, tf.float32))
