# mistake: the mixing weights are left out
# expect: partial
# credit: 6-9
# finding: weights-forgotten
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = [tf.reshape(v, [-1]) for v in (logits, means, lsigmas)]
    return tf.nn.log_softmax(-s - .5 * ((x - m) / tf.exp(s)) ** 2)
