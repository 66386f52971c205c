# mistake: averages the distances to the leaves and squares the average, instead of averaging the squared distances
# expect: partial
# credit: 5-9
# finding: distances-averaged-first
def mean_field_step(x, means, q_j):
    leaves = np.asarray(means)[:, None] + OFFSETS
    distance = tf.norm(x[:, None, None] - leaves, axis=-1) / STD  # (N, C, P)
    to_i = tf.reduce_sum(distance * q_j[:, None, :], axis=2)
    q_i = tf.nn.softmax(-0.5 * to_i**2)
    to_j = tf.reduce_sum(distance * q_i[:, :, None], axis=1)
    q_j = tf.nn.softmax(-0.5 * to_j**2)
    return q_i, q_j
