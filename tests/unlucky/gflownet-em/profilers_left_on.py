# unlucky: Profilers, tracers and memory watchers run around the answers and are never stopped.
# expect: full
# %% before data_log_likelihood
import cProfile
import faulthandler
import linecache
import tracemalloc
faulthandler.enable()
tracemalloc.start()
tf.profiler.experimental.start("logs/profile")
profile = cProfile.Profile()
profile.enable()
# %% after data_log_likelihood
profile.disable()
import pstats
pstats.Stats(profile).sort_stats("cumtime").print_stats(5)
sys.setswitchinterval(1e-4)
cProfile.run("data_log_likelihood(data, TRUE_MEANS)")
%timeit -n 2 -r 1 data_log_likelihood(data, TRUE_MEANS)
%memit exact_posterior(data, TRUE_MEANS)
linecache.clearcache()
# %% cell exact_m_step
%%time
def exact_m_step(x, q):
    total = tf.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS)
    return total / tf.maximum(tf.reduce_sum(q, axis=[0, 2]), 1e-6)[:, None]
