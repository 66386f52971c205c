# mistake: returns the log prior for each point, x is not used
# expect: partial|wrong
# credit: 0-6
def mixture_posterior_logits(x, logits, means, lsigmas):
    logits = tf.reshape(logits, [1, -1])
    return tf.repeat(tf.nn.log_softmax(logits), len(x), axis=0)
