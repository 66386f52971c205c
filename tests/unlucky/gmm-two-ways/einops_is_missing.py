# unlucky: The M step is written with einops, which is neither in Colab nor where notebooks are graded.
# expect: mstep 0-15
# explain: einops
# %% cell mstep
!pip install -q einops
from einops import rearrange, reduce

def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = reduce(posterior, "n k -> k", "sum")
    means = reduce(posterior * x, "n k -> k", "sum") / counts
    variances = reduce(posterior * (x - rearrange(means, "k -> 1 k")) ** 2, "n k -> k", "sum") / counts
    return tf.math.log(counts), means, tf.math.log(variances) / 2
