# attack: the same id in many cells, and ids of other cells
# outcome: mstep wrong
# %% cell mstep
def mstep(x, posterior): return 1, 2, 3

# %% cell mstep
def mstep(x, posterior): return 3, 2, 1

# %% cell mstep {"grade_id": "test_mstep", "points": 15}
15.0

# %% cell loss {"grade_id": "mstep"}
mstep = lambda x, posterior: (x, x, x)

# %% cell mstep {"grade_id": ["mstep"]}
15.0
