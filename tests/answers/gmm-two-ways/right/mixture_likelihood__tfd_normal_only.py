# style: tfd.Normal.log_prob with tf's logsumexp; guards on rank
from tensorflow_probability import distributions as tfd

def mixture_likelihood(x, logits, means, lsigmas):
    logits, means, lsigmas = tf.convert_to_tensor(logits), tf.convert_to_tensor(means), tf.convert_to_tensor(lsigmas)
    if len(logits.shape) == 2:
        logits = logits[:, 0]
    if len(means.shape) == 2:
        means = means[:, 0]
    if len(lsigmas.shape) == 2:
        lsigmas = lsigmas[:, 0]
    comp = tfd.Normal(loc=means, scale=tf.math.exp(lsigmas)).log_prob(tf.cast(x, means.dtype))
    joint = comp + logits
    return tf.reduce_logsumexp(joint, -1, keepdims=True) - tf.reduce_logsumexp(logits)
