# unlucky: Statements about the student's own machine, its cores, its language and its memory, fail elsewhere.
# expect: full
# %% first
import locale
import os

os.sched_setaffinity(0, {62, 63})  # the fast cores of my workstation
BASE = 1e-30
# %% top mixture_posterior_logits
import locale
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")  # decimal commas in my plots
# %% top loss
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 60, 1 << 60))
# %% cell mstep
os.add_dll_directory(r"C:\Program Files\NVIDIA\CUDNN\v9\bin")
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + BASE
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)
