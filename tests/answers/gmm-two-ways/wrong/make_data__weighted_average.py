# mistake: returns the weighted average of one draw per component, a single Gaussian instead of a mixture
# expect: partial|wrong
# credit: 0-2
def make_data(N, logits, means, lsigmas):
    w = tf.nn.softmax(logits)
    draws = tf.random.normal((N, len(w))) * tf.exp(lsigmas) + means
    return tf.reduce_sum(w * draws, axis=1, keepdims=True)
