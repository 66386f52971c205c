# attack: outputs that look like the grader's, with script and of great size
# %% cell test_mstep {"outputs": "points"}
15.0

# %% cell mstep {"outputs": "script"}
def mstep(x, posterior): return 1, 2, 3

# %% cell mixture_likelihood {"outputs": "giant"}
def mixture_likelihood(x, logits, means, lsigmas): return 0.0
