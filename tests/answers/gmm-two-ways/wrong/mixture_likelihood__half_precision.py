# mistake: computes in float16
# expect: partial
# credit: 10-17.5
# finding: imprecise
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(tf.reshape(x, [-1, 1]), tf.float16)
    logits, means, lsigmas = (tf.cast(tf.reshape(p, [1, -1]), tf.float16) for p in (logits, means, lsigmas))
    z = (x - means) / tf.exp(lsigmas)
    joint = tf.nn.log_softmax(logits) - tf.cast(0.5, tf.float16) * z * z - lsigmas
    joint -= tf.cast(0.5 * np.log(2 * np.pi), tf.float16)
    return tf.cast(tf.reduce_logsumexp(joint, axis=1, keepdims=True), tf.float32)
