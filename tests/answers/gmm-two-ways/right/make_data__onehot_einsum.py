def make_data(N, logits, means, lsigmas):
    K = tf.size(logits)
    z = tf.one_hot(tf.random.categorical(tf.reshape(logits, (1, -1)), N)[0], K)
    every = means + tf.exp(lsigmas) * tf.random.normal((N, K))
    return tf.einsum("nk,nk->n", z, every)[:, None]
