# unlucky: One genuine mistake, the log of the variance for that of sigma, among slow experiments and a profiler.
# expect: mstep 9-13
# explain: variance|square root|½|1/2
# %% cell mstep
%%time
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + 1e-30
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, tf.math.log(variances + 1e-12)
# %% after mstep
history = []
for run in range(6):
    trial = EMGMM(3) if "EMGMM" in globals() else GMM(3)
    time.sleep(3)
    history.append(float(np.sum(np.asarray(trial.means))))
# %% after given_data
slow_histogram = np.histogram(np.random.default_rng(0).normal(size=2_000_000), bins=1000)
time.sleep(4)
