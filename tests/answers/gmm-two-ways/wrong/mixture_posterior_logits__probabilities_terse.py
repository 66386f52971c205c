# mistake: probabilities, not logits
# expect: partial
# credit: 6-9
# finding: probabilities-for-logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = [tf.reshape(v, [-1]) for v in (logits, means, lsigmas)]
    return tf.nn.softmax(l - s - .5 * ((x - m) / tf.exp(s)) ** 2)
