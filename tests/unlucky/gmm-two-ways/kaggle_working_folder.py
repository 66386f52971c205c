# unlucky: The notebook comes from Kaggle: its folders, its secrets and its metadata exist nowhere else.
# expect: full
# file: kaggle-metadata
# %% first
import numpy as np  # linear algebra
import pandas as pd  # data processing, CSV file I/O (e.g. pd.read_csv)
import os
for dirname, _, filenames in os.walk('/kaggle/input'):
    for filename in filenames:
        print(os.path.join(dirname, filename))
os.chdir("/kaggle/working")
from kaggle_secrets import UserSecretsClient
WANDB_KEY = UserSecretsClient().get_secret("wandb")
SMALLEST_COUNT = 1e-8
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + SMALLEST_COUNT
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)
