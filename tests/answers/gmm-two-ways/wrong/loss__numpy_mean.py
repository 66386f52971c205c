# mistake: np.mean of a NumPy copy cuts the gradient
# expect: partial
# credit: 0.8-3
def loss(model, inputs):
    log_p = model(inputs).numpy()
    return tf.constant(-np.mean(log_p))
