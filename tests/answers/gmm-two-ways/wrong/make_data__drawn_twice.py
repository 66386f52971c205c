# mistake: draws the component once for the mean and once more for sigma
# expect: partial
# credit: 1-3
# finding: component-drawn-twice
def make_data(N, logits, means, lsigmas):
    def component():
        return tf.random.categorical([logits], N)[0]
    return (tf.gather(means, component()) + tf.gather(tf.exp(lsigmas), component()) * tf.random.normal([N]))[:, None]
