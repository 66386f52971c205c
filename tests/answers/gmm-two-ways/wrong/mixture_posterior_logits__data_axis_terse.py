# mistake: normalised over the data
# expect: partial
# credit: 6-6
# finding: normalised-over-data
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = [tf.reshape(v, [-1]) for v in (logits, means, lsigmas)]
    return tf.nn.log_softmax(l - s - .5 * ((x - m) / tf.exp(s)) ** 2, axis=0)
