# mistake: returns q_j first
# expect: partial
# credit: 6-6
# finding: wrong-order
def mean_field_step(x, means, q_j):
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2))
    q_i = soft(x - q_j @ OFFSETS, means)
    return soft(x - tf.matmul(q_i, means), OFFSETS), q_i
