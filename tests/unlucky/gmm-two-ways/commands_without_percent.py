# unlucky: Commands stand alone in their cells without a percent sign, as automagic allows; answers are captured and profiled.
# expect: full
# %% before mixture_likelihood
pip install -q tqdm
# %% before mixture_likelihood
matplotlib inline
# %% before mixture_likelihood
load_ext autoreload
# %% before mixture_likelihood
ls -la
# %% before mixture_likelihood
cd /content
# %% before mixture_likelihood
!!nvidia-smi
# %% before mixture_likelihood
tf.reduce_logsumexp??
# %% before mixture_likelihood
?tf.nn.log_softmax
# %% before mixture_likelihood
import math
LOG_ROOT = math.log(2 * math.pi) / 2
# %% cell mixture_likelihood


%%capture captured --no-stderr
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - LOG_ROOT
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
print(mixture_likelihood(np.zeros((2, 1)), gt_logits, gt_means, gt_lsigmas))
# %% after mixture_likelihood
captured.show()
print(captured.stdout.count("\n"), "lines")
# %% cell mstep
%%prun -q -l 3
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + 1e-30
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)
mstep(np.zeros((2, 1)), np.ones((2, 1)))
# %% after mstep
whos
# %% after mstep
%%R
means <- c(1, -0.5, -2)
plot(means, type = "h")
# %% after mstep
/print means
