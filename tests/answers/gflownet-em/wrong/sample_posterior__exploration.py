# mistake: mixed with uniform
# expect: partial
# credit: 6-6
# finding: exploration-kept
def sample_posterior(policy, x):
    def draw(a):
        return tf.random.categorical(tf.math.log(0.9 * tf.nn.softmax(a) + 0.1 / a.shape[1]), 1)[:, 0]
    a = policy(x, tf.zeros((len(x), 4)))[0]
    i = draw(a)
    return i, draw(policy(x, tf.one_hot(i, a.shape[1]))[1])
