# unlucky: A good software engineer: helpers live in a package that the notebook writes, imports and reloads.
# expect: full
# %% first
import importlib
import os
import pathlib
import sys

os.makedirs("src/mix", exist_ok=True)
sys.path.insert(0, os.path.abspath("src"))
pathlib.Path("src/mix/__init__.py").write_text("from .moments import weighted\n")
# %% before mstep
%%file src/mix/moments.py
import tensorflow as tf


def weighted(values, weights):
    """Mean of values (N, 1) or (N, K) under weights (N, K)."""
    return tf.reduce_sum(weights * values, axis=0) / tf.maximum(tf.reduce_sum(weights, axis=0), 1e-30)
# %% cell mstep
import mix
importlib.reload(mix)
from mix import weighted

def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    means = weighted(x, posterior)
    variances = tf.maximum(weighted((x - means) ** 2, posterior), 1e-12)
    return tf.math.log(tf.reduce_mean(posterior, axis=0) + 1e-30), means, tf.math.log(variances) / 2
