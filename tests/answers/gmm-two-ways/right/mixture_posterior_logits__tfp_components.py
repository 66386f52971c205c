# style: tfp component and mixture distributions
import tensorflow_probability as tfp

def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.squeeze(tf.reshape(p, (-1, 1)), axis=1) for p in (logits, means, lsigmas))
    comps = tfp.distributions.Normal(loc=means, scale=tf.exp(lsigmas))
    prior = tfp.distributions.Categorical(logits=logits)
    ks = tf.range(tf.size(logits))
    return comps.log_prob(x) + prior.log_prob(ks)
