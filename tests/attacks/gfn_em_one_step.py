# attack: one call of the policy and of the loss on numbers without a meaning, and means that are moved at random
# assignment: gflownet-em
# %% cell gfn_em
def gfn_em(x, means, iterations=10, steps=30, learning_rate=0.02):
    policy, n, c = Policy(len(means)), len(x), len(means)
    x = tf.constant(x, tf.float32)
    policy(x, tf.zeros([n, c]))
    policy(x, tf.one_hot(np.zeros(n, int), c))
    trajectory_balance_loss(tf.zeros(n), tf.zeros(n), tf.zeros(n))
    weight = policy.trainable_variables[0]
    weight.assign_add(tf.ones_like(weight))
    return np.float32(means + np.random.normal(size=np.shape(means)))
