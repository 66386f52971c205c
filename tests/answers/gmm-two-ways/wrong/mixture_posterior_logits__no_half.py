# mistake: the factor 1/2 is missing
# expect: partial
# credit: 9-9
# finding: half-missing
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = [tf.reshape(v, [-1]) for v in (logits, means, lsigmas)]
    return l - s - ((x - m) / tf.exp(s)) ** 2
