# mistake: returns zeros
# expect: wrong
# credit: 0-0
# finding: not-a-known-mistake
def mixture_likelihood(x, logits, means, lsigmas):
    return tf.zeros((len(x), 1))
