# mistake: q is taken for logits and a softmax is applied to it again
# credit: 2-4
# keywords: softmax|probabilit|logits|already
def exact_m_step(x, q):
    N, C, P = q.shape
    r = tf.reshape(tf.nn.softmax(tf.reshape(q, (N, C * P))), (N, C, P))
    return tf.einsum("ncp,npd->cd", r, x[:, None] - OFFSETS) / tf.reduce_sum(r, [0, 2])[:, None]
