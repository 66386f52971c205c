# attack: a loop in a compiled graph never ends: no Python runs, so that no signal of Python's is seen
# assignment: gflownet-em
# seconds: 3
# outcome: exact_m_step timeout
# %% cell exact_m_step
import signal

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))


@tf.function
def never():
    return tf.while_loop(lambda n: True, lambda n: (n * 1.0001,), [tf.ones([64, 64])])


def exact_m_step(x, q):
    return never()

# %% cell sample_data
def sample_data(n, means):
    for _ in tf.data.Dataset.from_tensors(0).repeat().filter(lambda value: value > 0):
        pass

# %% cell added
import numpy as np
import tensorflow as tf
tf.data.Dataset.range(1).repeat().reduce(np.int64(0), lambda a, b: a + b)
