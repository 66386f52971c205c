# mistake: no one half in either
# expect: partial
# credit: 9-9
# finding: half-missing
def mean_field_step(x, means, q_j):
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2))
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / STD**2)
    q_i = soft(x - q_j @ OFFSETS, means)
    return q_i, soft(x - tf.matmul(q_i, means), OFFSETS)
