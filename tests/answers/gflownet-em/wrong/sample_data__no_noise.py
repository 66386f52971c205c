# mistake: the Gaussian noise is forgotten; points sit exactly on the leaves
# credit: 2-3
# keywords: noise|scatter|STD|on the leaf|on the leaves|exactly
def sample_data(n, means):
    i = tf.random.uniform((n,), maxval=len(means), dtype=tf.int32)
    j = tf.random.uniform((n,), maxval=4, dtype=tf.int32)
    return tf.gather(means, i) + tf.gather(OFFSETS, j)
