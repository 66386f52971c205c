# mistake: softmax over data
# expect: partial
# credit: 6-10.5
# finding: normalised-over-data
def mean_field_step(x, means, q_j):
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2))
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2), axis=0)
    q_i = soft(x - q_j @ OFFSETS, means)
    return q_i, soft(x - tf.matmul(q_i, means), OFFSETS)
