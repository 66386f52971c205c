# mistake: the stub is left
# expect: missing
# credit: 0-0
def mstep(x, posterior):
    # YOUR CODE HERE
    raise NotImplementedError()
