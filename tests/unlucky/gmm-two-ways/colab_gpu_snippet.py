# unlucky: Colab's own snippet about GPU and memory stands before a constant that the likelihood uses.
# expect: full
# file: colab-metadata
# %% first
#@title Check the runtime { display-mode: "form" }
gpu_info = !nvidia-smi
gpu_info = '\n'.join(gpu_info)
if gpu_info.find('failed') >= 0:
  print('Not connected to a GPU')
else:
  print(gpu_info)

from psutil import virtual_memory
ram_gb = virtual_memory().total / 1e9
print('Your runtime has {:.1f} gigabytes of available RAM\n'.format(ram_gb))

import math
LOG_2PI = math.log(2 * math.pi)
# %% cell mixture_likelihood
#@title Log-likelihood { run: "auto" }
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - 0.5 * LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
