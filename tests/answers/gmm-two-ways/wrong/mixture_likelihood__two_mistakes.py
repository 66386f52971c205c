# mistake: two mistakes: weights forgotten and the 1/2 missing
# expect: partial|wrong
# credit: 0-8
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    means, lsigmas = (tf.reshape(p, [1, -1]) for p in (means, lsigmas))
    lp = -lsigmas - 0.5 * np.log(2 * np.pi) - ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.reduce_logsumexp(lp, axis=1, keepdims=True)
