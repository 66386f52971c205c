# mistake: log sigma is used for sigma
# expect: partial
# credit: 2-3
# finding: sigma-not-exponentiated
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    return tf.reshape(tf.gather(means, z) + tf.random.normal([N]) * tf.gather(lsigmas, z), [-1, 1])
