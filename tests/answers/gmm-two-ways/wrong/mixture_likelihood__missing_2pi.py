# mistake: the term -log(2 pi)/2 is missing
# expect: partial
# credit: 12-17.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = -lsigmas - 0.5 * tf.square((x - means) / tf.exp(lsigmas))
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + lp, axis=1, keepdims=True)
