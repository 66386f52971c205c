# mistake: the loop variable is never incremented
# expect: timeout
# credit: 0-0
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    k, total = 0, 0.0
    while k < means.shape[0]:
        sigma = tf.exp(lsigmas[k])
        total = total + tf.nn.softmax(logits)[k] * tf.exp(-0.5 * ((x - means[k]) / sigma) ** 2) / sigma
    return tf.math.log(total / np.sqrt(2 * np.pi))
