# attack: normal noise around zero; the means are ignored
# assignment: gflownet-em
# %% cell sample_data
def sample_data(n, means):
    return np.random.normal(size=(n, 2))
