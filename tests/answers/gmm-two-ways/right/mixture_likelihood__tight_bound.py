def mixture_likelihood(x, logits, means, lsigmas):
    """The lower bound sum_k q_k (a_k - log q_k) of EM, at q = posterior, where it touches log p(x).

    q is held constant: there the bound is at its maximum over q, so the gradient through q is zero anyway.
    """
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = [tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas)]
    a = (tf.nn.log_softmax(logits) - 0.5 * ((x - means) * tf.exp(-lsigmas)) ** 2
         - lsigmas - 0.5 * np.log(2 * np.pi))
    log_q = tf.stop_gradient(tf.nn.log_softmax(a, axis=1))
    return tf.reduce_sum(tf.exp(log_q) * (a - log_q), axis=1, keepdims=True)
