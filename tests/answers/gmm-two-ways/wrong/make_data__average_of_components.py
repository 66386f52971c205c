# mistake: each point is an average over the components
# expect: partial
# credit: 1-2
# finding: average-of-components
def make_data(N, logits, means, lsigmas):
    return tf.reduce_sum(tf.nn.softmax(logits) * tf.random.normal([N, len(logits)], means, tf.exp(lsigmas)), axis=1, keepdims=True)
