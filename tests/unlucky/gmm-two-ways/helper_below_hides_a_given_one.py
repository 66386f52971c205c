# unlucky: A helper below an answer, in the same cell, has the name of a function of the checks.
# expect: full
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = [near(p) for p in (logits, means, lsigmas)]
    return logits - 0.5 * tf.square((x - means) / tf.exp(lsigmas)) - lsigmas


def near(p):
    return tf.reshape(tf.cast(p, tf.float32), [1, -1])
