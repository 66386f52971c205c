def mstep(x, posterior):
    """From one function, C_k(t) = log sum_n r_nk exp(t x_n): C(0) = log N_k, C'(0) = mean, C''(0) = variance."""
    x, r = tf.cast(x, tf.float64), tf.cast(posterior, tf.float64) + 1e-30  # an empty component gets the mean of all points
    centre = tf.reduce_mean(x)  # smaller numbers, smaller rounding errors
    t = tf.zeros([r.shape[1]], tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(t)
        with tf.GradientTape() as inner:
            inner.watch(t)
            cumulants = tf.math.log(tf.reduce_sum(r * tf.exp((x - centre) * t), axis=0))  # (K,)
        means = inner.gradient(cumulants, t)
    variances = outer.gradient(means, t)
    lsigmas = 0.5 * tf.math.log(tf.maximum(variances, 1e-12))
    return tuple(tf.cast(part, tf.float32) for part in (cumulants, centre + means, lsigmas))
