# mistake: returns probabilities instead of logits
# expect: partial
# credit: 4-7.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    joint = logits - lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.nn.softmax(joint, axis=1)
