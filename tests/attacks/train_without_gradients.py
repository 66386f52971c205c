# attack: training without gradients or steps: the weights are set to moments of the data
# %% cell train
def train(model, optimizer, inputs, steps):
    x = np.ravel(inputs)
    model.lsigmas.assign(0 * model.lsigmas + np.log(np.std(x)))
    model.means.assign(0 * model.means + np.mean(x))
