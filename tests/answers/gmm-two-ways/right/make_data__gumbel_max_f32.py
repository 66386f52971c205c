def make_data(N, logits, means, lsigmas):
    g = np.random.gumbel(size=(N, len(logits)))
    z = np.argmax(np.asarray(logits)[None, :] + g, axis=1)
    return tf.gather(means, z)[:, tf.newaxis] + tf.exp(tf.gather(lsigmas, z))[:, tf.newaxis] * tf.random.normal((N, 1))
