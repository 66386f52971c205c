# mistake: one draw of noise for each component
# expect: partial
# credit: 1-2
# finding: noise-drawn-once
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    pts = means + tf.exp(lsigmas) * tf.random.normal([len(means)])
    return tf.gather(pts, z)[:, None]
