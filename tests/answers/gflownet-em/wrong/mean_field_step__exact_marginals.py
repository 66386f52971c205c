# alone
# mistake: the marginals of the exact posterior are returned, the given q_j is ignored
# credit: 4-6
# keywords: marginal|exact|posterior|q_j|ignore|expect|log
def mean_field_step(x, means, q_j):
    q = tf.convert_to_tensor(exact_posterior(x, means))
    return tf.reduce_sum(q, axis=2), tf.reduce_sum(q, axis=1)
