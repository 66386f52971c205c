# mistake: treats lsigma as the log of the variance, sigma = exp(lsigma / 2)
# expect: partial
# credit: 1.5-3.5
def make_data(N, logits, means, lsigmas):
    z = tf.squeeze(tf.random.categorical([tf.convert_to_tensor(logits)], N), axis=0)
    sd = tf.sqrt(tf.exp(lsigmas))
    return (tf.gather(means, z) + tf.gather(sd, z) * tf.random.normal([N]))[:, tf.newaxis]
