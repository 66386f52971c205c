# mistake: i and j are drawn uniformly, the policy is not used
# credit: 0-4
# keywords: uniform|policy|probabilit|softmax|logits
def sample_posterior(policy, x):
    C = policy(x, tf.zeros((len(x), 4)))[0].shape[1]
    i = np.random.randint(C, size=len(x))
    j = np.random.randint(4, size=len(x))
    return i, j
