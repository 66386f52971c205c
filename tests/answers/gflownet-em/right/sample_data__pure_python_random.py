import random

def sample_data(n, means):
    points = []
    for _ in range(n):
        m = random.choice(list(means))
        o = random.choice(list(OFFSETS))
        points.append([m[0] + o[0] + random.gauss(0, STD), m[1] + o[1] + random.gauss(0, STD)])
    return np.array(points)
