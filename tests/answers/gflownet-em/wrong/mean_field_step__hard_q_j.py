# mistake: the offset of the most probable petal is used for q_i instead of the expectation over q_j
# credit: 7-10.5
# keywords: argmax|hard|most probable|likel|expect|average|soft
def mean_field_step(x, means, q_j):
    L = -((x[:, None, None] - np.asarray(component_means(means))) ** 2).sum(-1) / (2 * STD**2)
    j = np.argmax(q_j, axis=1)
    q_i = tf.nn.softmax(L[np.arange(len(x)), :, j]).numpy()
    q_j = tf.nn.softmax((L * q_i[:, :, None]).sum(1)).numpy()
    return q_i, q_j
