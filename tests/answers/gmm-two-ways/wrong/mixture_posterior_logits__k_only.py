# mistake: right for parameters (K,) only
# expect: partial
# credit: 10.5-13.5
# finding: softmax-over-size-1-axis|only-vector-parameters
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    return tf.nn.log_softmax(logits - lsigmas - .5 * ((x - means) / tf.exp(lsigmas)) ** 2, axis=1)
