import collections
import tensorflow_probability as tfp
tfd = tfp.distributions

Factors = collections.namedtuple("Factors", ["q_i", "q_j"])

def mean_field_step(x, means, q_j):
    mu = tf.convert_to_tensor(component_means(means), tf.float32)
    leaf = tfd.MultivariateNormalDiag(loc=mu, scale_diag=[STD, STD])
    log_p = leaf.log_prob(tf.convert_to_tensor(x)[:, None, None, :])    # (N, C, P)
    q_i = tfd.Categorical(logits=tf.reduce_sum(log_p * q_j[:, None, :], axis=2)).probs_parameter()
    q_j = tfd.Categorical(logits=tf.reduce_sum(log_p * q_i[:, :, None], axis=1)).probs_parameter()
    return Factors(q_i, q_j)
