# mistake: one draw of noise for all points
# expect: partial
# credit: 1-2
# finding: noise-drawn-once
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    return (tf.gather(means, z) + tf.gather(tf.exp(lsigmas), z) * tf.random.normal(()))[:, None]
