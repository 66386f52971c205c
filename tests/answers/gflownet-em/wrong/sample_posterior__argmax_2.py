# mistake: the most probable i and j are taken instead of a draw
# credit: 4-4
# keywords: argmax|most probable|draw|sample|random|likel
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.argmax(logits_i, axis=1)
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, tf.argmax(logits_j, axis=1)
