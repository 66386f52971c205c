# mistake: q_j without q_i
# expect: partial
# credit: 7.5-10.5
# finding: other-factor-ignored
def mean_field_step(x, means, q_j):
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2))
    d = x[:, None, None] - (means[:, None] + OFFSETS)
    a = -(d**2).sum(-1) / (2 * STD**2)
    return soft(x - q_j @ OFFSETS, means), tf.nn.softmax(a.mean(1))
