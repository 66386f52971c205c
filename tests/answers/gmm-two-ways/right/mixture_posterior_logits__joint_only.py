# style: unnormalised joint, raw logits and no 2 pi (constants per row)
def mixture_posterior_logits(x, logits, means, lsigmas):
    # terms that do not depend on z are dropped
    row = lambda v: tf.reshape(v, (1, -1))
    return row(logits) - row(lsigmas) - tf.square(tf.cast(x, tf.float32) - row(means)) / (2 * tf.exp(2 * row(lsigmas)))
