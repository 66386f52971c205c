# unlucky: An answer stands in a new cell above its released stub, which is still there; only the new cell was run.
# expect: full
# %% cell mstep
def mstep(x, posterior):
    """Maximise the expected log-likelihood: the M step."""
    raise NotImplementedError("TODO: replace this line with your code")
# %% before mstep
def mstep(x, posterior):
    x, r = tf.cast(tf.reshape(x, [-1, 1]), tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(r, 0) + 1e-30
    means = tf.reduce_sum(r * x, 0) / counts
    variances = tf.reduce_sum(r * tf.square(x - means), 0) / counts + 1e-12
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances)
