def sample_posterior(policy, x):
    # the smallest of exponentials with rates p_k is k with probability p_k
    def race(logits):
        log_p = tf.nn.log_softmax(logits)
        time = tf.math.log(-tf.math.log(tf.random.uniform(tf.shape(log_p), minval=1e-30))) - log_p
        return tf.argmin(time, axis=1, output_type=tf.int32)

    out = policy(x, tf.zeros((x.shape[0], 4), dtype=tf.float32))
    i = race(out[0])
    out = policy(x, tf.one_hot(i, out[0].shape[-1], dtype=tf.float32))
    return i.numpy(), race(out[1]).numpy()
