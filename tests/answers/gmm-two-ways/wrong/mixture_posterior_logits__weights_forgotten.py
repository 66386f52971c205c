# mistake: the mixing weights (prior) are left out
# expect: partial
# credit: 4-7.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    means, lsigmas = (tf.reshape(p, [1, -1]) for p in (means, lsigmas))
    return tf.nn.log_softmax(-lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2, axis=-1)
