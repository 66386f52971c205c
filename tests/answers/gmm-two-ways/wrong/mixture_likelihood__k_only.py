# mistake: right for parameters (K,) only
# expect: partial
# credit: 22-22
# finding: softmax-over-size-1-axis|only-vector-parameters
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) - lsigmas - .5 * ((x - means) / tf.exp(lsigmas)) ** 2 - .5 * np.log(2 * np.pi), 1, keepdims=True)
