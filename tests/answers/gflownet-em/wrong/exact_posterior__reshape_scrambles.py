# mistake: the probabilities are computed with petals before superclusters and then reshaped, not transposed, to (N, C, P)
# expect: partial
# credit: 3-6
# finding: rows-mixed-up
def exact_posterior(x, means):
    leaves = OFFSETS[:, None] + np.asarray(means)  # (P, C, 2)
    distance = x[:, None] - leaves.reshape(-1, 2)  # (N, P * C, 2)
    logits = -0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1)
    return tf.reshape(tf.nn.softmax(logits), [len(x), len(means), len(OFFSETS)])
