def sample_posterior(policy, x):
    """All p(i) p(j | i) as one table with C * P columns, one draw per row."""
    N = x.shape[0]
    log_i = tf.nn.log_softmax(policy(x, tf.zeros((N, 4)))[0], axis=-1)
    C = log_i.shape[1]
    columns = []
    for c in range(C):
        chosen = tf.one_hot(tf.fill([N], c), C)
        columns.append(log_i[:, c:c + 1] + tf.nn.log_softmax(policy(x, chosen)[1], axis=-1))
    table = tf.concat(columns, axis=1)
    k = tf.random.categorical(table, 1, dtype=tf.int32)[:, 0]
    P = table.shape[1] // C
    return k // P, k % P
