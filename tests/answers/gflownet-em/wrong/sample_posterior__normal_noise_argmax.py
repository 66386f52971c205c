# mistake: normal noise instead of Gumbel noise before the argmax
# credit: 0-5
# keywords: Gumbel|noise|normal|probabilit
def sample_posterior(policy, x):
    logits_i = policy(x, tf.zeros((len(x), 4)))[0]
    i = tf.argmax(logits_i + tf.random.normal(logits_i.shape), 1)
    logits_j = policy(x, tf.one_hot(i, logits_i.shape[1]))[1]
    return i, tf.argmax(logits_j + tf.random.normal(logits_j.shape), 1)
