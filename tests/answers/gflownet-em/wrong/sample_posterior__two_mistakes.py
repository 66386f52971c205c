# mistake: the most probable is taken instead of a draw, and j from the call with zeros
# credit: 0-4
# keywords: argmax|most probable|draw|sample|one-hot|one_hot|zeros
def sample_posterior(policy, x):
    logits_i, logits_j, _ = policy(x, tf.zeros((len(x), 4)))
    return tf.argmax(logits_i, 1), tf.argmax(logits_j, 1)
