# attack: random numbers are always the same
# %% cell make_data
import random
import numpy as np
import tensorflow as tf

random.seed = np.random.seed = tf.random.set_seed = lambda *args: None


def make_data(N, logits, means, lsigmas):
    return np.zeros((int(N), 1), np.float32) + np.float32(means[0])
