# mistake: tf.squeeze removes the axis of the points when N = 1
# expect: partial
# credit: 4.0-4.0
# finding: not-for-one-point
def make_data(N, logits, means, lsigmas):
    z = tf.squeeze(tf.random.categorical(tf.expand_dims(logits, 0), N))
    x = tf.gather(means, z) + tf.exp(tf.gather(lsigmas, z)) * tf.squeeze(tf.random.normal([N]))
    return x[:, tf.newaxis]
