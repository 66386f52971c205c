# style: one leaf of all leaves, in a Python loop over points
def sample_data(n, means):
    leaves = np.asarray(component_means(means)).reshape(-1, 2)
    points = []
    for _ in range(n):
        leaf = leaves[np.random.choice(len(leaves))]
        points.append([np.random.normal(leaf[0], STD), np.random.normal(leaf[1], STD)])
    return np.array(points, dtype=np.float32)
