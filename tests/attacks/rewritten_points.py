# attack: cells carry points, ids and locks of their own
# outcome: mstep missing
# %% cell test_mstep {"points": 1000, "locked": false, "solution": true}
15

# %% cell mstep {"points": 15, "grade": true, "solution": true}
15.0

# %% cell test_mixture_likelihood {"points": -100, "grade": false}
print("25 of 25 points: correct")
25.0

# %% cell given_checks {"points": 91, "grade": true}
91.0
