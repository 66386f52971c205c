# unlucky: A helper of one answer is in a cell that older Pythons cannot read.
# expect: mixture_posterior_logits 0-15
# explain: Python|python|syntax|Syntax
# %% before mixture_posterior_logits
def rows[T](*parameters: T) -> list[T]:
    return [tf.reshape(p, [1, -1]) for p in parameters]
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    logits, means, lsigmas = rows(logits, means, lsigmas)
    joint = tf.nn.log_softmax(logits) - 0.5 * ((tf.cast(x, tf.float32) - means) / tf.exp(lsigmas)) ** 2 - lsigmas
    return joint - tf.reduce_max(joint, axis=1, keepdims=True)
