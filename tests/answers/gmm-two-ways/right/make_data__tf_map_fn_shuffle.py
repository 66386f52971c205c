@tf.function
def _draw_all(N, logits, means, sigmas):
    z = tf.random.categorical(logits[None], N)[0]
    return tf.map_fn(lambda k: tf.random.normal((1,), means[k], sigmas[k]), z, fn_output_signature=tf.float32)
def make_data(N, logits, means, lsigmas):
    return tf.random.shuffle(_draw_all(tf.constant(N), tf.convert_to_tensor(logits, tf.float32), tf.convert_to_tensor(means, tf.float32), tf.exp(lsigmas)))
