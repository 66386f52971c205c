# mistake: j is not drawn, only i is returned
# credit: 0-5
# keywords: j|two|tuple|missing|things|petal
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    return tf.random.categorical(logits_i, 1)[:, 0]
