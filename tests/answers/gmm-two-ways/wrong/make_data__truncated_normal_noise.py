# mistake: the noise is truncated at two standard deviations, so its standard deviation is 0.88 and there are no tails; z, means and shape are right
# expect: partial
# credit: 2-4
# finding: truncated-noise
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    noise = tf.random.truncated_normal([N])
    x = tf.gather(means, z) + tf.exp(tf.gather(lsigmas, z)) * noise
    return x[:, tf.newaxis]
