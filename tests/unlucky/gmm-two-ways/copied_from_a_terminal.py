# unlucky: Answers were copied from two terminals, with their prompts; a first cell has line magics of another decade.
# expect: full
# %% first
%pylab inline
%env SCALE 2
import os
# %% cell loss
>>> def loss(model, inputs):
...     """Minus the mean log-likelihood."""
...     mean = tf.reduce_mean(model(inputs))
...
...     return -mean
# %% cell mixture_posterior_logits
In [7]: def mixture_posterior_logits(x, logits, means, lsigmas):
   ...:     x = tf.cast(x, tf.float32)
   ...:     logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
   ...:     scaled = (x - means) * tf.exp(-lsigmas)
   ...:     return logits - tf.square(scaled) / float(os.environ["SCALE"]) - lsigmas + 0 * pi
   ...:
