# style: TF, normalised with log_softmax
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = tf.reshape(logits, [1, -1]), tf.reshape(means, [1, -1]), tf.reshape(lsigmas, [1, -1])
    log_joint = tf.nn.log_softmax(logits) - lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2 - 0.5 * np.log(2 * np.pi)
    return tf.nn.log_softmax(log_joint, axis=-1)
