# mistake: -log sigma is dropped as if it were constant over components
# expect: partial
# credit: 7-10.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    return tf.nn.log_softmax(logits - 0.5 * tf.square((x - means) / tf.exp(lsigmas)), axis=-1)
