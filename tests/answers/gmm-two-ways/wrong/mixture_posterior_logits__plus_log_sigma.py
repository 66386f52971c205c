# mistake: log sigma has the wrong sign
# expect: partial
# credit: 9-9
# finding: normaliser-sign
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = [tf.reshape(v, [-1]) for v in (logits, means, lsigmas)]
    return l + s - .5 * ((x - m) / tf.exp(s)) ** 2
