# unlucky: Cells that never ran stand between the answers: half-written code, notes, a merge conflict, Python 2, a bare return.
# expect: full
# %% after given_data
print training_inputs.shape, "points"
exec "half = 0.5"
# %% before mixture_likelihood
for k in range(K
    print(gt_means[k])
# %% after mixture_likelihood
Ask the tutor: why doesn't it depend on the seed? And is it "log p" or 'p'?
# %% after gmm_model
def GMM(k) return tf.keras.Model
# %% after loss
<<<<<<< HEAD
def loss(model, inputs):
    return tf.reduce_sum(model(inputs))
=======
def loss(model, inputs):
    return tf.reduce_mean(model(inputs))
>>>>>>> lena/second-try
# %% after train
\mu_k = \frac{1}{N_k} \sum_n r_{nk} x_n
# %% after mixture_posterior_logits
mixture_posterior_logits = """the old one:
def mixture_posterior_logits(x, logits, means, lsigmas):
    return logits
# %% after mstep
return mstep(training_inputs, tf.ones([NUM_EXAMPLES, 1]))
# %% after mstep
def mstep(x, posterior):
    counts = tf.reduce_sum(posterior, axis=0
    means =
# %% after emgmm_model
class EMGMM(tf.keras.Model):
    def __init__(self, k):
    super().__init__()
# %% before mstep
  SMALL = 1e-12
   counts = 3
# %% before mstep
SMALL = 1e-12
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + SMALL
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + SMALL)
