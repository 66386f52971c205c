# unlucky: The functions were written in an editor and pasted into one cell; the answer cells were cleared.
# expect: full
# %% cell sample_data
# everything is in the long cell above
# %% cell component_means

# %% cell data_log_likelihood
pass
# %% cell exact_posterior
...
# %% before sample_data
#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""My solution."""
from __future__ import annotations, division, print_function


def sample_data(n, means):
    rng = np.random.default_rng()
    return np.asarray(means)[rng.integers(len(means), size=n)] + OFFSETS[rng.integers(4, size=n)] + rng.normal(0, STD, (n, 2))


def component_means(means):
    return np.expand_dims(means, 1) + np.expand_dims(OFFSETS, 0)


def _log_joint(x, means):
    squared = np.square(x[:, None, None] - component_means(means)).sum(-1)
    return -squared / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(4 * len(means))


def data_log_likelihood(x, means):
    return np.mean(np.logaddexp.reduce(_log_joint(x, means).reshape(len(x), -1), axis=1))


def exact_posterior(x, means):
    joint = _log_joint(x, means)
    joint = joint - joint.max(axis=(1, 2), keepdims=True)
    return np.exp(joint) / np.exp(joint).sum(axis=(1, 2), keepdims=True)


def main():
    print(data_log_likelihood(sample_data(10, np.zeros((2, 2))), np.zeros((2, 2))))


if __name__ == "__main__":
    main()
