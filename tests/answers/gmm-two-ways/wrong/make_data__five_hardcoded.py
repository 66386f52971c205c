# mistake: five components are hard-coded
# expect: partial
# credit: 1-2
# finding: five-components
def make_data(N, logits, means, lsigmas):
    p = tf.nn.softmax(logits).numpy(); p = p / p.sum()
    z = np.random.choice(5, size=N, p=p)
    return np.random.normal(np.array(means)[z], np.exp(np.array(lsigmas))[z]).reshape(N, 1)
