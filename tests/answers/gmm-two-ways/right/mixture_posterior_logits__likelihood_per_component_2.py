def mixture_posterior_logits(x, logits, means, lsigmas):
    """log p(x|k) is a mixture with one component"""
    l, m, s = [tf.reshape(v, (-1, 1)) for v in (logits, means, lsigmas)]
    cols = [mixture_likelihood(x, l[k], m[k], s[k]) for k in range(l.shape[0])]
    return tf.concat(cols, axis=1) + tf.transpose(l)
