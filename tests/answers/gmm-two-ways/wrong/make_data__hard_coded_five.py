# mistake: five components are hard-coded
# expect: partial|wrong|error
# credit: 0-3
def make_data(N, logits, means, lsigmas):
    w = tf.nn.softmax(tf.cast(logits, tf.float64)).numpy()
    counts = np.random.multinomial(N, w)
    data = []
    for k in range(5):
        data.append(np.random.normal(np.array(means)[k], np.exp(np.array(lsigmas)[k]), size=(counts[k], 1)))
    return np.concatenate(data)
