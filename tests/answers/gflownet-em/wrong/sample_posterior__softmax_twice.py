# mistake: categorical of probabilities
# expect: partial
# credit: 4-4
# finding: softmaxed-twice
def sample_posterior(policy, x):
    a = policy(x, tf.zeros((len(x), 4)))[0]
    i = tf.random.categorical(tf.nn.softmax(a), 1)[:, 0]
    b = policy(x, tf.one_hot(i, a.shape[1]))[1]
    return i, tf.random.categorical(tf.nn.softmax(b), 1)[:, 0]
