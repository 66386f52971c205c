# mistake: returns one value per point, not a scalar
# expect: partial
# credit: 1-3
def loss(model, inputs):
    return -model(inputs)
