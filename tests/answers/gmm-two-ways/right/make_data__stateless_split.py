def make_data(N, logits, means, lsigmas):
    """With stateless random numbers: a fresh seed for z and another one for the noise."""
    seed_z, seed_noise = tf.unstack(tf.random.uniform([2, 2], maxval=2**31 - 1, dtype=tf.int32))
    z = tf.random.stateless_categorical(tf.cast(logits, tf.float32)[tf.newaxis], N, seed=seed_z)[0]
    own = tf.gather(tf.stack([tf.cast(means, tf.float32), tf.cast(lsigmas, tf.float32)], axis=1), z)  # (N, 2)
    return tf.random.stateless_normal([N, 1], seed=seed_noise, mean=own[:, :1], stddev=tf.exp(own[:, 1:]))
