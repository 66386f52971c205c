# style: TF vectorised, categorical then gather
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical(tf.reshape(tf.cast(logits, tf.float32), (1, -1)), N)[0]
    mu = tf.gather(means, z)
    sigma = tf.exp(tf.gather(lsigmas, z))
    x = mu + sigma * tf.random.normal((N,))
    return x[:, None]
