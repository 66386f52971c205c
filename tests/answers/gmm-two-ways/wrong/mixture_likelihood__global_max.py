# mistake: max trick with one maximum for the whole table instead of one per row: exact near the data, but far points next to ordinary ones give -inf and NaN gradients
# expect: partial
# credit: 15-21
# finding: unstable-in-the-tails
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    a = (tf.nn.log_softmax(logits) - lsigmas - 0.5 * np.log(2 * np.pi)
         - 0.5 * tf.square((x - means) / tf.exp(lsigmas)))
    m = tf.reduce_max(a)
    return m + tf.math.log(tf.reduce_sum(tf.exp(a - m), axis=1, keepdims=True))
