# unlucky: The student's Matplotlib, NumPy and SciPy still have names that newer ones dropped.
# expect: full
# %% before mstep
plt.style.use("seaborn-whitegrid")
plt.rcParams["text.usetex"] = True
EPSILON = 1e-12
# %% top mixture_likelihood
colormap = plt.cm.get_cmap("viridis", 5)
# %% top mixture_posterior_logits
from scipy.integrate import simps
one = np.trapz(np.ones(3))
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + EPSILON
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + EPSILON)
# %% after mstep
plt.rcParams.update({"text.usetex": True, "font.family": "Helvetica Neue"})
plt.switch_backend("nbAgg")
plt.plot([0, 1], [0, 1], label=r"$\mu$")
plt.savefig("/content/drive/MyDrive/mstep.pdf")
