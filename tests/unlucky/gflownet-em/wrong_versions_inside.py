# unlucky: Wrong versions of the answers are still there, in branches, loops, classes and functions that never run, or were deleted.
# expect: full
# %% before sample_data
from typing import TYPE_CHECKING

USE_HUBER, DEBUG = False, 0
# %% cell component_means
try:
    import jax.numpy as jnp

    def component_means(means):
        return np.asarray(jnp.asarray(means)[:, None] + OFFSETS)
except ImportError:
    def component_means(means):
        return np.asarray(means)[:, None] + OFFSETS
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    """First try: adds the logarithms."""
    return tf.reduce_sum(x[:, None, None] - component_means(means))


first_try = data_log_likelihood
del data_log_likelihood


def data_log_likelihood(x, means):
    distance = x[:, None, None] - component_means(means)
    log_normal = -0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(log_normal, axis=[1, 2])) - np.log(len(means) * len(OFFSETS))


if DEBUG:
    data_log_likelihood = first_try
# %% bottom exact_posterior


if False:
    def exact_posterior(x, means):
        return tf.nn.softmax(-tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, axis=-1))
# %% after exact_posterior
if __name__ == "__test__":
    exact_posterior = None
elif TYPE_CHECKING:
    def exact_posterior(x, means): ...
while False:
    exact_posterior = lambda x, means: x
for exact_posterior in []:
    pass
# %% bottom exact_m_step


def older():
    global exact_m_step

    def exact_m_step(x, q):
        return tf.reduce_mean(x, axis=0)


class Older:
    exact_m_step = None

    def mean_field_step(x, means, q_j):
        return q_j, q_j


'''
def exact_m_step(x, q):
    return x
'''
# %% after mean_field_step
with contextlib.suppress(RuntimeError):
    raise RuntimeError("not now")
    mean_field_step = None
try:
    raise StopIteration
    mean_field_step = 0
except StopIteration:
    pass
else:
    mean_field_step = 1
[mean_field_step for mean_field_step in range(3)]
# %% cell trajectory_balance_loss
if USE_HUBER:
    def trajectory_balance_loss(log_z, log_pf, log_reward):
        return tf.keras.losses.Huber()(log_reward, log_z + log_pf)
else:
    def trajectory_balance_loss(log_z, log_pf, log_reward):
        return tf.reduce_mean(tf.square(log_z + log_pf - log_reward))
# %% after policy
def ablation(hidden):
    class Policy(tf.keras.Model):
        def call(self, x, i_one_hot):
            return x

    return Policy


Ablation = ablation(8)
