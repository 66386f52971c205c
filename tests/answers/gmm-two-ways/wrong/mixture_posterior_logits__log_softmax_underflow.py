# mistake: the logarithm of a softmax
# expect: partial
# credit: 10.5-13.5
# finding: unstable-in-the-tails
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = [tf.reshape(v, [-1]) for v in (logits, means, lsigmas)]
    return tf.math.log(tf.nn.softmax(l - s - .5 * ((x - m) / tf.exp(s)) ** 2))
