# mistake: nearly certain q_j are kept
# expect: partial
# credit: 7.5-7.5
# finding: not-a-known-mistake
def mean_field_step(x, means, q_j):
    old = tf.convert_to_tensor(q_j)
    rest = x - tf.matmul(old, OFFSETS)
    q_i = tf.nn.softmax(-0.5 * tf.reduce_sum(tf.square((rest[:, None] - means) / STD), axis=-1))
    rest = x - tf.matmul(q_i, means)
    new = tf.nn.softmax(-0.5 * tf.reduce_sum(tf.square((rest[:, None] - OFFSETS) / STD), axis=-1))
    certain = tf.reduce_max(old, axis=1, keepdims=True) > 0.99
    return q_i, tf.where(certain, old, new)
