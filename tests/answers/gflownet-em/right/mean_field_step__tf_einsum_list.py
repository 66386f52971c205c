# style: einsum, returns a list of tensors, full joint with constants
def mean_field_step(x, means, q_j):
    x, means, q_j = (tf.cast(v, tf.float32) for v in (x, means, q_j))
    mu = means[:, None] + OFFSETS
    log_p = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", log_p, q_j))
    return [q_i, tf.nn.softmax(tf.einsum("ncp,nc->np", log_p, q_i))]
