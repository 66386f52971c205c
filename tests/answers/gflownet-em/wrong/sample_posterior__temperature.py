# mistake: logits are divided by a temperature of 2, the draws are too even
# credit: 4-6
# keywords: temperature|scale|own probabilit|divide|factor|even|flat
def sample_posterior(policy, x):
    T = 2.0
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(logits_i / T, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, tf.random.categorical(logits_j / T, 1)[:, 0]
