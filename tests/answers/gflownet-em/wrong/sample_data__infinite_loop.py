# mistake: the loop never ends, since the points that it draws are not appended
# credit: 0-0
# keywords: time|long|loop|seconds|finish
def sample_data(n, means):
    points = []
    while len(points) < n:
        i = np.random.randint(len(means))
        j = np.random.randint(4)
        point = means[i] + OFFSETS[j] + STD * np.random.randn(2)
    return np.array(points)
