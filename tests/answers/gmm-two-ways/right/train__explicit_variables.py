# style: names the three variables, helper cell with the step
def one_step(model, optimizer, inputs):
    theta = [model.logits, model.means, model.lsigmas]
    with tf.GradientTape() as tape:
        cost = loss(model, inputs)
    dl, dm, ds = tape.gradient(cost, theta)
    optimizer.apply_gradients([(dl, theta[0]), (dm, theta[1]), (ds, theta[2])])
    return cost
# %% cell
def train(model, optimizer, inputs, steps):
    model(inputs)
    optimizer.build([model.logits, model.means, model.lsigmas])
    for _ in range(steps):
        cost = one_step(model, optimizer, inputs)
    tf.print("final loss", cost)
    return model
