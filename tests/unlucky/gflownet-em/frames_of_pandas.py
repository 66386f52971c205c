# unlucky: The M step is done on a data frame, and the likelihood on another.
# expect: full
# %% first
import pandas as pd
pd.options.mode.copy_on_write = True
pd.set_option("display.precision", 2)
# %% cell exact_m_step
def exact_m_step(x, q):
    q = np.asarray(q, dtype=float)
    n, c, p = q.shape
    long = pd.DataFrame({
        "supercluster": np.tile(np.repeat(np.arange(c), p), n),
        "weight": q.ravel(),
        **{axis: (np.asarray(x, dtype=float)[:, None, None, d] - OFFSETS[:, d] + np.zeros((1, c, 1))).ravel() for d, axis in enumerate("uv")},
    })
    weighted = long[["u", "v"]].mul(long["weight"], axis=0).assign(weight=long["weight"], supercluster=long["supercluster"])
    totals = weighted.groupby("supercluster").sum()
    return totals[["u", "v"]].div(totals["weight"].clip(lower=1e-9), axis=0).to_numpy()
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    leaves = np.reshape(component_means(means), (-1, 2))
    squared = pd.DataFrame({k: ((np.asarray(x, dtype=float) - leaf) ** 2).sum(1) for k, leaf in enumerate(leaves)})
    joint = -squared / (2 * STD**2)
    top = joint.max(axis=1)
    log_px = top + np.log(np.exp(joint.sub(top, axis=0)).mean(axis=1)) - np.log(2 * np.pi * STD**2)
    return log_px.mean()
