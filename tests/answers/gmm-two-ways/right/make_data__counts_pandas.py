def make_data(N, logits, means, lsigmas):
    import pandas as pd
    logits, means, lsigmas = (np.asarray(a, dtype=np.float64).ravel() for a in (logits, means, lsigmas))
    w = np.exp(logits - logits.max())
    table = pd.DataFrame({"w": w / w.sum(), "mu": means, "sd": np.exp(lsigmas)})
    rows = table.sample(n=N, replace=True, weights="w")
    rows = rows.assign(x=lambda r: r.mu + r.sd * np.random.standard_normal(len(r)))
    return rows[["x"]].to_numpy().astype("float32")
