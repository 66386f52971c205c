import math

def data_log_likelihood(x, means):
    total = 0.0
    C, P = len(means), len(OFFSETS)
    for point in x.tolist():
        logs = []
        for i in range(C):
            for j in range(P):
                dx = point[0] - float(means[i, 0]) - float(OFFSETS[j, 0])
                dy = point[1] - float(means[i, 1]) - float(OFFSETS[j, 1])
                logs.append(-(dx * dx + dy * dy) / (2 * STD * STD))
        biggest = max(logs)
        total += biggest + math.log(sum(math.exp(l - biggest) for l in logs))
    return total / len(x) - math.log(2 * math.pi * STD ** 2) - math.log(C * P)
