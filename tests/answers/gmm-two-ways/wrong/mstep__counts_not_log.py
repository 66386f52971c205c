# mistake: returns the counts N_k as logits
# expect: partial
# credit: 9-13.5
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.einsum("nk,ni->k", r, x) / nk
    var = tf.einsum("nk,nk->k", r, (x - mu) ** 2) / nk
    return nk, mu, 0.5 * tf.math.log(var)
