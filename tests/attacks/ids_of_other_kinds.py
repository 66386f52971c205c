# attack: ids that are lists, numbers and very long texts, points and flags of other kinds
# %% cell mstep {"grade_id": ["mstep"], "points": "1e9", "solution": "yes"}
def mstep(x, posterior):
    return 0, 0, 0

# %% cell mixture_likelihood {"grade_id": 5, "schema_version": "x"}
def mixture_likelihood(x, logits, means, lsigmas):
    return 0

# %% cell loss {"grade_id": {"a": []}, "locked": true, "grade": true}
def loss(model, inputs):
    return 0

# %% cell train
def train(model, optimizer, inputs, steps):
    return 0
