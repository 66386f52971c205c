# style: stdlib random, loop over data points
import math
import random

def make_data(N, logits, means, lsigmas):
    ws = [math.exp(float(l)) for l in logits]     # random.choices normalises for us
    rows = []
    for _ in range(N):
        (k,) = random.choices(range(len(ws)), weights=ws)
        rows.append([random.gauss(float(means[k]), math.exp(float(lsigmas[k])))])
    return np.array(rows, dtype=np.float32)
