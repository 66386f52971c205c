from collections import namedtuple
Params = namedtuple("Params", "logits means lsigmas")
def mstep(x, posterior):
    x = tf.cast(x, tf.float32)[:, 0]; posterior = tf.cast(posterior, tf.float32)
    Nk = tf.einsum("nk->k", posterior)
    mu = tf.einsum("n,nk->k", x, posterior) / Nk
    var = tf.einsum("nk,nk->k", posterior, (x[:, None] - mu) ** 2) / Nk
    return Params(tf.math.log(Nk / tf.reduce_sum(Nk)), mu, tf.math.log(tf.sqrt(var)))
