# mistake: uses the global training_inputs instead of its argument
# expect: partial|wrong|error
# credit: 0-2.4
training_inputs = np.random.normal(size=(200, 1)).astype("float32")
# %% cell
def loss(model, inputs):
    return -tf.reduce_mean(model(training_inputs))
