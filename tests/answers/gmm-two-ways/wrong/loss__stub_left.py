# mistake: the stub is left
# expect: missing
# credit: 0-0
def loss(model, inputs):
    # YOUR CODE HERE
    raise NotImplementedError()
