# unlucky: The likelihood brings a gradient of its own, the posterior maps over points, and the M step is compiled in float64.
# expect: full
# %% cell mixture_likelihood
@tf.custom_gradient
def log_mixture(x, logits, means, lsigmas):
    z = (x - means) * tf.exp(-lsigmas)
    log_joint = tf.nn.log_softmax(logits) - 0.5 * z**2 - lsigmas - 0.5 * np.log(2 * np.pi)
    log_px = tf.reduce_logsumexp(log_joint, axis=1, keepdims=True)
    posterior = tf.exp(log_joint - log_px)

    def gradient(upstream):
        weighted = upstream * posterior
        by_mean = weighted * z * tf.exp(-lsigmas)
        return (-tf.reduce_sum(by_mean, axis=1, keepdims=True),
                tf.reduce_sum(weighted - upstream * tf.nn.softmax(logits), axis=0, keepdims=True),
                tf.reduce_sum(by_mean, axis=0, keepdims=True),
                tf.reduce_sum(weighted * (z**2 - 1), axis=0, keepdims=True))

    return log_px, gradient


def mixture_likelihood(x, logits, means, lsigmas):
    return log_mixture(tf.cast(x, tf.float32), *(tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas)))
# %% cell mixture_posterior_logits
@tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32)] + 3 * [tf.TensorSpec([None], tf.float32)])
def log_responsibilities(x, log_weights, means, lsigmas):
    def of_one_point(point):
        return log_weights - 0.5 * tf.square((point - means) * tf.exp(-lsigmas)) - lsigmas

    return tf.vectorized_map(of_one_point, x)


def mixture_posterior_logits(x, logits, means, lsigmas):
    logits, means, lsigmas = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    return log_responsibilities(tf.cast(x, tf.float32), tf.nn.log_softmax(logits), means, lsigmas)
# %% cell mstep
@tf.function(jit_compile=True, reduce_retracing=True)
def moments(x, posterior):
    counts = tf.maximum(tf.linalg.matvec(posterior, tf.ones_like(x[:, 0]), transpose_a=True), 1e-30)
    means = tf.einsum("nk,no->k", posterior, x) / counts
    variances = tf.einsum("nk,nk->k", posterior, tf.math.squared_difference(x, means)) / counts
    return tf.stack([tf.math.log(counts), means, 0.5 * tf.math.log(tf.maximum(variances, 1e-12))])


def mstep(x, posterior):
    return tf.unstack(tf.cast(moments(tf.cast(x, tf.float64), tf.cast(posterior, tf.float64)), tf.float32))
