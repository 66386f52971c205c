# unlucky: A file grows by %%writefile -a and is run with -i, so that it uses the names of the notebook.
# expect: full
# %% before mixture_likelihood
%%writefile mixtures.py
# for %run -i: tf, np and FACTOR come from the notebook
def rows(*parameters):
    return [tf.reshape(p, [1, -1]) for p in parameters]
# %% before mixture_likelihood
%%writefile -a mixtures.py


def log_joint(x, logits, means, lsigmas):
    logits, means, lsigmas = rows(logits, means, lsigmas)
    squared = tf.square((tf.cast(x, tf.float32) - means) * tf.exp(-lsigmas))
    return tf.nn.log_softmax(logits) - FACTOR * squared - lsigmas - FACTOR * np.log(2 * np.pi)
# %% before mixture_likelihood
%set_env FACTOR=0.5
FACTOR = float(os.environ["FACTOR"])
%run -i mixtures.py
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    return tf.reduce_logsumexp(log_joint(x, logits, means, lsigmas), axis=1, keepdims=True)
# %% cell mixture_posterior_logits
# %load mixtures.py
%run -i ./mixtures.py
mixture_posterior_logits = log_joint
