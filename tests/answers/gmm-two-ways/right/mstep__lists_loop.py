# style: Python loop over components, returns lists of floats, np.average
def mstep(x, posterior):
    xs = np.array(x).flatten()
    r = np.array(posterior)
    logits, means, lsigmas = [], [], []
    for k in range(r.shape[1]):
        w = r[:, k]
        m = np.average(xs, weights=w)
        v = np.average((xs - m) ** 2, weights=w)
        logits.append(float(np.log(w.mean())))
        means.append(float(m))
        lsigmas.append(float(np.log(np.sqrt(v))))
    return logits, means, lsigmas
