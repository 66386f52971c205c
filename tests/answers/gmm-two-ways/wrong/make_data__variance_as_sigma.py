# mistake: exp(2 lsigma), the variance, is used as standard deviation
# expect: partial
# credit: 1.5-3.5
def make_data(N, logits, means, lsigmas):
    p = tf.nn.softmax(tf.cast(logits, tf.float64)).numpy()
    z = np.random.choice(len(p), N, p=p)
    var = np.exp(2 * np.array(lsigmas))
    return np.random.normal(loc=np.array(means)[z], scale=var[z]).reshape(N, 1)
