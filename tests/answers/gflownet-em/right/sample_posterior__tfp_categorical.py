# style: tfp, in a tf.function
def sample_posterior(policy, x):
    import tensorflow_probability as tfp

    @tf.function
    def run(x):
        logits_i, _, _ = policy(x, tf.zeros([tf.shape(x)[0], 4]))
        i = tfp.distributions.Categorical(logits=logits_i).sample()
        _, logits_j, _ = policy(x, i_one_hot=tf.one_hot(i, logits_i.shape[1]))
        return i, tfp.distributions.Categorical(logits=logits_j).sample()

    i, j = run(tf.constant(x))
    return i.numpy(), j.numpy()
