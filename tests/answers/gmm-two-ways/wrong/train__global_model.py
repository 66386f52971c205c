# mistake: trains a global model instead of its argument
# expect: partial|wrong|error
# credit: 0-2.4
gmm = GMM(5)
# %% cell
def train(model, optimizer, inputs, steps):
    gmm(inputs)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(gmm, inputs)
        grads = tape.gradient(value, gmm.trainable_variables)
        optimizer.apply_gradients(zip(grads, gmm.trainable_variables))
