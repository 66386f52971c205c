# mistake: passes probabilities to tf.random.categorical, which expects logits
# expect: partial
# credit: 1-3.5
def make_data(N, logits, means, lsigmas):
    probs = tf.nn.softmax(logits)
    z = tf.random.categorical(tf.reshape(probs, (1, -1)), N)[0]
    return tf.reshape(tf.random.normal((N,), tf.gather(means, z), tf.exp(tf.gather(lsigmas, z))), (-1, 1))
