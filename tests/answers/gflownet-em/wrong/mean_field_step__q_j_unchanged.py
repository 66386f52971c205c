# mistake: q_j as it came
# expect: partial
# credit: 10.5-10.5
# finding: not-updated
def mean_field_step(x, means, q_j):
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2))
    return soft(x - q_j @ OFFSETS, means), q_j
