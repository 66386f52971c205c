# mistake: log(p + 1e-3)
# expect: partial
# credit: 6-13.5
# finding: unstable-in-the-tails
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(tf.reshape(x, [-1, 1]), tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    joint = logits - lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.math.log(tf.nn.softmax(joint) + 1e-3)
