# attack: normal noise around zero, whatever weights, means and sigmas are
# %% cell make_data
def make_data(N, logits, means, lsigmas):
    return np.random.normal(size=(N, 1))
