# mistake: draws from the mixture with 10 percent uniform instead of the policy's own probabilities
# credit: 4-6
# keywords: explor|uniform|0.1|mixture|own probabilit|probability 0
def sample_posterior(policy, x):
    def draw(logits):
        p = 0.9 * tf.nn.softmax(logits) + 0.1 / logits.shape[1]
        return tf.random.categorical(tf.math.log(p), 1)[:, 0]
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = draw(logits_i)
    return i, draw(policy(x, tf.one_hot(i, logits_i.shape[1]))[1])
