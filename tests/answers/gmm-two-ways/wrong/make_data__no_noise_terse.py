# mistake: the means of the drawn components, no noise
# expect: partial
# credit: 2-3
# finding: no-noise
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    return tf.gather(means, z)[:, None]
