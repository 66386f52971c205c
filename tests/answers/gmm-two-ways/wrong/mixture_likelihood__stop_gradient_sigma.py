# mistake: tf.stop_gradient around sigma in the exponent, so that only a part of its gradient is left
# expect: partial
# credit: 10-19
# finding: gradient-cut
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(tf.reshape(x, [-1, 1]), tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    z = (x - means) / tf.stop_gradient(tf.exp(lsigmas))
    joint = tf.nn.log_softmax(logits) - 0.5 * z * z - lsigmas - 0.5 * np.log(2 * np.pi)
    return tf.reduce_logsumexp(joint, axis=1, keepdims=True)
