# attack: normal noise around zero, whatever the means are
# known hole: 2 of 5 for draws that ignore the means; `degenerate` should check the rest of the model
# assignment: gflownet-em
# %% cell sample_data
def sample_data(n, means):
    return np.random.normal(size=(n, 2))
