# mistake: a single petal is drawn for the whole sample
# credit: 2-2
# keywords: each point|petal|one petal|same petal|all points|once
def sample_data(n, means):
    i = tf.random.categorical(tf.zeros((1, len(means))), n)[0]
    j = np.random.randint(4)
    return tf.gather(means, i) + OFFSETS[j] + tf.random.normal((n, 2), stddev=STD)
