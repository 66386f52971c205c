# mistake: adds the mixing probabilities instead of their logs
# expect: partial
# credit: 4-9
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    joint = tf.nn.softmax(logits) - lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.nn.log_softmax(joint, axis=-1)
