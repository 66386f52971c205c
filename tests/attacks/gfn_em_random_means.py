# attack: random means and an unused policy, so that a person has to read it
# assignment: gflownet-em
# %% cell gfn_em
def gfn_em(x, means, iterations=10, steps=30, learning_rate=0.02):
    policy = Policy(len(means))
    weight = policy.trainable_variables[0]
    weight.assign_add(tf.ones_like(weight))
    return np.float32(means + np.random.normal(size=np.shape(means)))
