# mistake: lsigmas is taken as the log variance
# expect: partial
# credit: 8-17.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lvar = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = -0.5 * (np.log(2 * np.pi) + lvar + tf.square(x - means) / tf.exp(lvar))
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + lp, axis=1, keepdims=True)
