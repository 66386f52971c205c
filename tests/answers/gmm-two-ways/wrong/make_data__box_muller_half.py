# mistake: a factor 2 is missing in the Box-Muller transform
# expect: partial
# credit: 3-3
# finding: noise-too-narrow
def make_data(N, logits, means, lsigmas):
    z = tf.random.categorical([logits], N)[0]
    e = np.sqrt(-np.log(np.random.rand(N))) * np.cos(2 * np.pi * np.random.rand(N))
    return (tf.gather(means, z) + tf.gather(tf.exp(lsigmas), z) * e.astype("float32"))[:, None]
