# unlucky: Tensors are given NumPy's behaviour, so that `.T`, `.reshape` and type promotion work on them.
# expect: full
# %% after given_ground_truth
tf.experimental.numpy.experimental_enable_numpy_behavior(prefer_float32=True)
import tensorflow.experimental.numpy as tnp
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tnp.asarray(x, tf.float32), tnp.asarray(posterior, tf.float32)
    counts = tnp.sum(posterior, axis=0) + 1e-30
    means = (posterior.T @ x).reshape(-1) / counts
    variances = tnp.sum(posterior * (x - means) ** 2, axis=0) / counts
    return tnp.log(counts), means, tnp.log(variances + 1e-12) / 2
