def exact_posterior(x, means):
    """The softmax is the gradient of logsumexp."""
    x, means, offsets = (tf.cast(a, tf.float64) for a in (x, means, OFFSETS))
    leaves = means[:, None] + offsets
    logits = -0.5 * tf.reduce_sum(tf.square((x[:, None, None] - leaves) / STD), axis=-1)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = tf.reduce_sum(tf.reduce_logsumexp(logits, axis=[1, 2]))
    return tf.cast(tape.gradient(total, logits), tf.float32)
