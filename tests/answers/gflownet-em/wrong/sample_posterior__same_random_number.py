# mistake: the same uniform number is used for i and for j, so they are not independent draws
# credit: 4-7
# keywords: same|random number|independent|new|again|given
def sample_posterior(policy, x):
    u = np.random.rand(len(x), 1)
    def draw(logits):
        c = np.cumsum(tf.nn.softmax(logits).numpy(), axis=1)
        return np.minimum((c < u).sum(1), logits.shape[1] - 1)
    logits_i = policy(x, tf.zeros((len(x), 4)))[0]
    i = draw(logits_i)
    return i, draw(policy(x, tf.one_hot(i, logits_i.shape[1]))[1])
