@tf.function
def _draw(n, means):
    C = tf.shape(means)[0]
    i = tf.random.categorical(tf.zeros((1, C)), n)[0]
    j = tf.random.categorical(tf.zeros((1, 4)), n)[0]
    centre = tf.gather(means, i) + tf.gather(tf.constant(OFFSETS), j)
    return centre + STD * tf.random.normal(tf.shape(centre))

def sample_data(n, means):
    return _draw(tf.constant(n), tf.constant(means))
