# mistake: returns the index of the likeliest component
# expect: partial|wrong
# credit: 0-6
# finding: labels-for-logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(tf.reshape(x, [-1, 1]), tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    return tf.argmax(logits - lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2, axis=1)
