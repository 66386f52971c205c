from dataclasses import dataclass


@dataclass
class TreeMixture:
    """x is the sum of one vector from each level, plus noise with the same variance in all directions."""

    levels: tuple
    variance: float

    def draw(self, n, rng):
        terms = [level[rng.integers(len(level), size=n)] for level in self.levels]
        terms.append(rng.multivariate_normal(np.zeros(2), self.variance * np.eye(2), size=n))
        return np.add.reduce(terms)


# %% cell
def sample_data(n, means):
    mixture = TreeMixture((np.asarray(means), OFFSETS), STD**2)
    return mixture.draw(n, np.random.default_rng())
