# unlucky: Cells were copied with their ids: an old version stays above, and an empty stub was pasted below.
# expect: full
# %% cell mstep
def mstep(x, posterior):  # does not work yet
    counts = tf.reduce_sum(posterior)
    return tf.math.log(posterior), x / counts, x
# %% copy mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + 1e-30
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)
# %% copy mstep

# %% copy test_mstep
# my notes
# %% delete given_grad
# %% delete test_train
# %% delete text-13
# %% delete given_score
