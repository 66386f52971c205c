def mstep(x, posterior):
    import pandas as pd
    long = pd.DataFrame(np.asarray(posterior, float)).assign(x=np.asarray(x, float).ravel()).melt("x", var_name="k", value_name="r")
    def stats(g):
        m = (g.r * g.x).sum() / g.r.sum()
        return pd.Series({"logit": np.log(g.r.sum()), "mean": m, "ls": np.log(((g.x - m) ** 2 * g.r).sum() / g.r.sum()) / 2})
    t = long.groupby("k")[["x", "r"]].apply(stats)
    return t.logit.values, t["mean"].values, t.ls.values
