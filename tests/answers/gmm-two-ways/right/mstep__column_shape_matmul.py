def mstep(x, posterior):
    x = tf.cast(x, "float32"); R = tf.cast(posterior, "float32")
    N_k = tf.linalg.matvec(R, tf.ones(tf.shape(R)[0]), transpose_a=True)[:, None]
    mu = tf.linalg.matmul(R, x, transpose_a=True) / N_k
    sq = tf.square(x - tf.transpose(mu))
    var = tf.linalg.diag_part(tf.matmul(R, sq, transpose_a=True))[:, None] / N_k
    return tf.math.log(N_k), mu, tf.math.log(var) / 2
