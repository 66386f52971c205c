# mistake: the square root of STD is taken for the standard deviation, so the noise is 0.5
# credit: 3-3
# keywords: standard deviation|square root|sqrt|STD|scatter|noise
import scipy.stats

def sample_data(n, means):
    leaves = (means[:, None] + OFFSETS).reshape(-1, 2)
    k = np.random.choice(len(leaves), n)
    return leaves[k] + scipy.stats.norm(scale=np.sqrt(STD)).rvs((n, 2))
