# mistake: softmax over the last axis of a (K, 1) column, so every weight is 1
# expect: partial
# credit: 6-12.5
def mixture_likelihood(x, logits, means, lsigmas):
    logits = tf.reshape(logits, (-1, 1))
    means = tf.reshape(means, (-1, 1))
    lsigmas = tf.reshape(lsigmas, (-1, 1))
    xt = tf.transpose(tf.cast(x, tf.float32))
    log_w = tf.nn.log_softmax(logits)
    lp = log_w - lsigmas - 0.5 * tf.math.log(2 * np.pi) - 0.5 * ((xt - means) / tf.exp(lsigmas)) ** 2
    return tf.reshape(tf.reduce_logsumexp(lp, axis=0), (-1, 1))
