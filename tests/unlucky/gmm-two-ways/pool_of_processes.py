# unlucky: An experiment runs in a pool of processes, which a careful sandbox may not allow, before a needed constant.
# expect: full
# %% before mstep
import math
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor

with mp.get_context("fork").Pool(2) as pool:
    roots = pool.map(math.sqrt, range(10))
FLOOR = 1e-12
# %% after mstep
with ProcessPoolExecutor(2) as executor:
    print(list(executor.map(math.exp, [0.0, 1.0])))
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + FLOOR
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + FLOOR)
