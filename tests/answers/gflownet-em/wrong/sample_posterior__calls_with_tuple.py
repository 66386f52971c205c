# mistake: the policy is called with one list of inputs instead of two arguments, which raises
# credit: 0-0
# keywords: raise|TypeError|argument|policy(x|list|missing
def sample_posterior(policy, x):
    logits_i, _, _ = policy([x, tf.zeros((len(x), 4))])
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy([x, tf.one_hot(i, logits_i.shape[1])])
    return i, tf.random.categorical(logits_j, 1)[:, 0]
