def mean_field_step(x, means, q_j):
    leaves = tf.cast(component_means(means), tf.float32)
    L = -tf.reduce_sum(tf.square(tf.reshape(x, (-1, 1, 1, 2)) - leaves), 3) * 0.5 / STD**2
    q_i = tf.nn.softmax(tf.matmul(L, tf.expand_dims(q_j, 2))[:, :, 0])
    q_j_new = tf.nn.softmax(tf.matmul(tf.expand_dims(q_i, 1), L)[:, 0, :])
    return (q_i, q_j_new)
