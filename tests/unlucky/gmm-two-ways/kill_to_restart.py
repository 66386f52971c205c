# unlucky: The first cell kills the kernel once after an install, so that Colab starts it again.
# expect: full
# %% first
import os
try:
    import einops
except ImportError:
    !pip install -q einops
    os.kill(os.getpid(), 9)  # Colab restarts by itself; then run all again
import math
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - HALF_LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
