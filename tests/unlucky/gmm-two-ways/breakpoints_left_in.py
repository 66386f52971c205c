# unlucky: Breakpoints are left in the answers, switched off from outside; answer cells end by stopping the notebook.
# expect: full
# %% first
import os
os.environ["PYTHONBREAKPOINT"] = "0"  # silences every breakpoint()
%xmode Verbose
# %% before mixture_likelihood
import pdb
from IPython.core.debugger import set_trace

pdb.set_trace = lambda *_, **__: None  # and every pdb.set_trace()
set_trace = pdb.set_trace
LOG_2PI = np.log(2 * np.pi)
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    breakpoint()
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    set_trace()
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - 0.5 * LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
assert False, "stop here, the rest takes too long"
# %% after mixture_likelihood
import ipdb; ipdb.set_trace()
# %% after mixture_likelihood
%debug
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + 1e-30
    import pdb; pdb.set_trace()  # are the counts right?
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)
1 / 0
# %% bottom make_data
raise SystemExit
# %% bottom gmm_model
raise Exception("no further, please: Run all stops here")
# %% bottom loss
raise KeyboardInterrupt("until here on Monday")
# %% bottom train
sys.exit(0)
# %% bottom emgmm_model
class StopExecution(Exception):
    """Ends a cell without a traceback."""

    def _render_traceback_(self):
        return []


raise StopExecution
