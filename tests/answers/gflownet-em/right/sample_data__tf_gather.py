# style: TensorFlow throughout, returns a tensor
def sample_data(n, means):
    i = tf.random.uniform([n], 0, tf.shape(means)[0], dtype=tf.int32)
    j = tf.random.uniform([n], 0, 4, dtype=tf.int32)
    return tf.gather(means, i) + tf.gather(OFFSETS, j) + tf.random.normal([n, 2], stddev=STD)
