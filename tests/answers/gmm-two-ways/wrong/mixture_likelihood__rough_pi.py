# mistake: takes 3.1 for pi
# expect: partial
# credit: 10-17.5
# finding: imprecise|two-pi-missing
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(tf.reshape(x, [-1, 1]), tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    z = (x - means) / tf.exp(lsigmas)
    joint = tf.nn.log_softmax(logits) - 0.5 * z * z - lsigmas - 0.5 * np.log(2 * 3.1)
    return tf.reduce_logsumexp(joint, axis=1, keepdims=True)
