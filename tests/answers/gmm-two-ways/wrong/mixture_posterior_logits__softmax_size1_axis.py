# mistake: log_softmax over the last axis of a (K, 1) column, so all log weights are 0
# expect: partial
# credit: 4-7.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    logits, means, lsigmas = (tf.reshape(p, [-1, 1]) for p in (logits, means, lsigmas))
    xt = tf.transpose(tf.cast(x, tf.float32))
    joint = tf.nn.log_softmax(logits, axis=-1) - lsigmas - 0.5 * ((xt - means) / tf.exp(lsigmas)) ** 2
    return tf.transpose(tf.nn.log_softmax(joint, axis=0))
