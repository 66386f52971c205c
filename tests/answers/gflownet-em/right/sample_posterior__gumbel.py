# style: Gumbel maximum, int32 tensors
def sample_posterior(policy, x):
    x = tf.convert_to_tensor(x, tf.float32)
    def draw(logits):
        u = tf.random.uniform(tf.shape(logits), 1e-20, 1.0)
        return tf.argmax(logits - tf.math.log(-tf.math.log(u)), axis=1, output_type=tf.int32)
    logits_i = policy(x, tf.zeros((x.shape[0], getattr(policy, "n_superclusters", 4))))[0]
    i = draw(logits_i)
    return i, draw(policy(x, tf.one_hot(i, logits_i.shape[-1]))[1])
