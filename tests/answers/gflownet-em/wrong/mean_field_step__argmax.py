# mistake: likeliest petal only
# expect: partial
# credit: 6-10.5
# finding: hard-assignment
def mean_field_step(x, means, q_j):
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2))
    q_i = soft(x - OFFSETS[np.asarray(q_j).argmax(1)], means)
    return q_i, soft(x - tf.matmul(q_i, means), OFFSETS)
