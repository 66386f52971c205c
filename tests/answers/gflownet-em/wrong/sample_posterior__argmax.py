# mistake: likeliest choices
# expect: partial
# credit: 4-4
# finding: likeliest-for-draw
def sample_posterior(policy, x):
    a = policy(x, tf.zeros((len(x), 4)))[0]
    i = tf.argmax(a, 1)
    return i, tf.argmax(policy(x, tf.one_hot(i, a.shape[1]))[1], 1)
