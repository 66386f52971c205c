# unlucky: A key split the answer cell in two with the same id: helper above, function below, then a cell of prints.
# expect: full
# %% cell sample_posterior
def draw(logits):
    """One index for each row."""
    return tf.random.categorical(logits, 1)[:, 0]
# %% copy sample_posterior
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros([len(x), len(TRUE_MEANS)]))
    i = draw(logits_i)
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, draw(logits_j)
# %% copy sample_posterior
print("drawn:", [part[:3].numpy() for part in sample_posterior(Policy(), data)])
