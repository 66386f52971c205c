# mistake: max trick by hand, but the maximum is never added back, so the result lies between 0 and log K
# expect: partial
# credit: 7-13
# finding: largest-not-added-back
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) / tf.exp(lsigmas)) - lsigmas - 0.5 * np.log(2 * np.pi)
    a = tf.nn.log_softmax(logits) + log_normal
    # max trick: subtract the largest a, so that exp cannot underflow
    m = tf.reduce_max(a, axis=1, keepdims=True)
    return tf.math.log(tf.reduce_sum(tf.exp(a - m), axis=1, keepdims=True))
