import pandas as pd

def sample_data(n, means):
    rows = [(m[0] + o[0], m[1] + o[1]) for m in means for o in OFFSETS]
    table = pd.DataFrame(rows, columns=["x", "y"])
    drawn = table.sample(n=n, replace=True).reset_index(drop=True)
    for column in ("x", "y"):
        drawn[column] = drawn[column] + np.random.normal(0, STD, size=n)
    return drawn.to_numpy()
