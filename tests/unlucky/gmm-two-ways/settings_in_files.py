# unlucky: Settings and tables are written to files in one cell and read back in another.
# expect: full
# %% before mixture_likelihood
import json
import pathlib
import pickle

with open("settings.json", "w") as file:
    json.dump({"floor": 1e-12, "stddev": 0.1}, file)
np.save("half_log_2pi.npy", 0.5 * np.log(2 * np.pi))
pathlib.Path("results").mkdir(exist_ok=True)
pickle.dump({"axis": 0}, open("results/axes.pkl", "wb"))
# %% cell mixture_likelihood
HALF_LOG_2PI = float(np.load("half_log_2pi.npy"))

def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - HALF_LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
# %% cell mstep
SETTINGS = json.loads(pathlib.Path("settings.json").read_text())
AXES = pickle.load(open("results/axes.pkl", "rb"))

def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, **AXES) + SETTINGS["floor"]
    means = tf.reduce_sum(posterior * x, **AXES) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, **AXES) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + SETTINGS["floor"])
