# mistake: right for parameters (K,) only
# expect: partial
# credit: 10-13.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    joint = tf.nn.log_softmax(logits) - lsigmas - 0.5 * tf.square((x - means) / tf.exp(lsigmas))
    return joint - tf.reduce_logsumexp(joint, axis=1, keepdims=True)
