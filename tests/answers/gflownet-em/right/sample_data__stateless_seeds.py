def sample_data(n, means):
    # Stateless generators are told everything by their seeds, so these have to be new in each call.
    seeds = tf.random.uniform([3, 2], maxval=2**31 - 1, dtype=tf.int32)
    means = tf.cast(means, tf.float32)
    i = tf.random.stateless_uniform([n], seeds[0], maxval=means.shape[0], dtype=tf.int32)
    j = tf.random.stateless_uniform([n], seeds[1], maxval=OFFSETS.shape[0], dtype=tf.int32)
    noise = tf.random.stateless_normal([n, 2], seeds[2], stddev=STD)
    return tf.gather(means, i) + tf.gather(tf.constant(OFFSETS), j) + noise
