import tensorflow_probability as tfp
tfd = tfp.distributions

def sample_posterior(policy, x):
    x = tf.convert_to_tensor(x)
    logits_i, _, _ = policy(x, tf.zeros((tf.shape(x)[0], 4)))
    first = tfd.OneHotCategorical(logits=logits_i, dtype=tf.float32).sample()
    _, logits_j, _ = policy(x, first)
    second = tfd.Categorical(logits=logits_j).sample()
    return tf.argmax(first, axis=-1), second
