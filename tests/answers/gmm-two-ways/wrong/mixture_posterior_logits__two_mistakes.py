# mistake: two mistakes: weights forgotten and probabilities returned
# expect: partial|wrong
# credit: 0-4.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    means, lsigmas = (tf.reshape(p, [1, -1]) for p in (means, lsigmas))
    p = -lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.nn.softmax(p, axis=1)
