# mistake: tf.random.categorical wants logits but gets probabilities
# credit: 4-4
# keywords: logits|softmax|probabilit|log
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(tf.nn.softmax(logits_i), 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, tf.random.categorical(tf.nn.softmax(logits_j), 1)[:, 0]
