# unlucky: Line magics with values, %pwd and %env, stand before what the M step needs.
# expect: full
# %% before mstep
ROOT = %pwd
FIGURES = ROOT + "/figures"
THREADS = %env PATH
print(len(THREADS.split(":")), "folders on the path")
files = %sx ls
print("notebooks:", [name for name in files if name.endswith(".ipynb")])
%mkdir -p figures
%env OMP_NUM_THREADS=1
%alias_magic t timeit
FLOOR = 1e-12
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + FLOOR
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + FLOOR)
