# mistake: NumPy cuts the gradient
# expect: partial
# credit: 1.6-2.8
# finding: gradient-cut
def loss(model, inputs):
    return -np.mean(model(inputs).numpy())
