# style: calls mixture_likelihood with one component at a time
def mixture_posterior_logits(x, logits, means, lsigmas):
    lw = tf.nn.log_softmax(tf.reshape(logits, [-1]))
    means, lsigmas = tf.reshape(means, [-1]), tf.reshape(lsigmas, [-1])
    cols = []
    for k in range(lw.shape[0]):
        one = mixture_likelihood(x, tf.zeros((1,)), means[k:k + 1], lsigmas[k:k + 1])
        cols.append(tf.reshape(one, [-1]) + lw[k])
    return tf.stack(cols, axis=1)
