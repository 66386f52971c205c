# style: einsum, one (3, K) stack
def mstep(x, posterior):
    x = tf.reshape(tf.cast(x, tf.float32), [-1])
    r = tf.cast(posterior, tf.float32)
    Nk = tf.einsum("nk->k", r)
    mu = tf.einsum("nk,n->k", r, x) / Nk
    d = x[:, None] - mu[None, :]
    sd = tf.sqrt(tf.einsum("nk,nk->k", r, d * d) / Nk)
    return tf.stack([tf.math.log(Nk), mu, tf.math.log(sd)])
