# mistake: matmul with incompatible shapes raises in the middle
# expect: error
# credit: 0-0
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    z = (x - means) / tf.exp(lsigmas)
    quad = tf.matmul(z, z)
    return tf.nn.log_softmax(logits - lsigmas - 0.5 * quad)
