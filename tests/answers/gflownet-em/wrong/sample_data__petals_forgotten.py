# mistake: no offset added
# expect: partial
# credit: 2-2
# finding: petals-forgotten
def sample_data(n, means):
    i = np.random.randint(0, len(means), n)
    return np.asarray(means)[i] + STD * np.random.randn(n, 2)
