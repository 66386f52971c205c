# mistake: returns the means of the drawn components, no Gaussian noise
# expect: partial|wrong
# credit: 0-2.5
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical(tf.reshape(logits, (1, -1)), N)
    return tf.reshape(tf.gather(means, z), (N, 1))
