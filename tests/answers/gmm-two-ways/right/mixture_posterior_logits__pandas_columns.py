def mixture_posterior_logits(x, logits, means, lsigmas):
    import pandas as pd
    x = np.asarray(x, float).ravel()
    df = pd.DataFrame({k: l - s - .5 * ((x - m) / np.exp(s)) ** 2 for k, (l, m, s) in enumerate(zip(np.ravel(logits).astype(float), np.ravel(means).astype(float), np.ravel(lsigmas).astype(float)))})
    return df.sub(df.max(axis=1), axis=0).to_numpy(dtype="float32")
