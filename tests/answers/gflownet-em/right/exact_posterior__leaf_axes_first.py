@tf.function
def exact_posterior(x, means):
    """Axes as (C, P, N) inside, moved to the end."""
    logits = []
    for o in OFFSETS:
        r = x[None, :, :] - (means + o)[:, None, :]          # (C, N, 2)
        logits.append(-tf.norm(r, axis=-1) ** 2 / (2 * STD**2))
    logits = tf.stack(logits, axis=1)                        # (C, P, N)
    log_q = logits - tf.reduce_logsumexp(logits, axis=(0, 1), keepdims=True)
    return tf.transpose(tf.exp(log_q), (2, 0, 1))
