def make_data(N: int, logits, means, lsigmas):
    """no numpy at all"""
    import random, math
    l = [float(v) for v in logits]; mu = [float(v) for v in means]; s = [float(v) for v in lsigmas]
    w = [math.exp(v) for v in l]
    return np.array([[random.gauss(mu[k], math.exp(s[k]))] for k in random.choices(range(len(w)), weights=w, k=N)])
