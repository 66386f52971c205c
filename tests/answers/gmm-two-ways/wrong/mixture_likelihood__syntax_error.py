# mistake: unbalanced parenthesis
# expect: error
# credit: 0-0
def mixture_likelihood(x, logits, means, lsigmas):
    log_w = tf.nn.log_softmax(logits
    return tf.reduce_logsumexp(log_w - lsigmas, axis=1, keepdims=True)
