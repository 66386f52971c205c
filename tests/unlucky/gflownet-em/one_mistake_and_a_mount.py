# unlucky: One genuine mistake, the normaliser without its square, in a notebook that also mounts a drive.
# expect: data_log_likelihood 4-8
# explain: normalis|sigma|σ|STD
# %% cell data_log_likelihood
from google.colab import drive
drive.mount("/content/drive")
def data_log_likelihood(x, means):
    distance = x[:, None, None] - component_means(means)
    log_normal = -0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1)
    log_joint = log_normal - np.log(len(means) * len(OFFSETS))
    return tf.reduce_mean(tf.reduce_logsumexp(log_joint, axis=[1, 2]))
