# attack: normal noise around zero; weights, means and sigmas are ignored
# %% cell make_data
def make_data(N, logits, means, lsigmas):
    return np.random.normal(size=(N, 1))
