# mistake: prints the points and returns nothing
# credit: 0-0
# keywords: None|return
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(4, size=n)
    x = means[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
    print(x[:3])
