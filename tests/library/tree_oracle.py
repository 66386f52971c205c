"""A hierarchical mixture summed leaf by leaf, in loops that share no code with the library."""

import itertools

import numpy as np
from scipy import stats
from scipy.special import logsumexp


def leaves(tables):
    return list(itertools.product(*(range(len(table)) for table in tables)))


def log_joint(x, tables, std, weights, beta=1.0):
    """log p(z) + log p(x_n|z)^beta of every leaf, the normaliser untempered, [N, leaves]."""
    dim, columns = x.shape[1], []
    peak = stats.norm(scale=std).logpdf(0) * dim
    for leaf in leaves(tables):
        centre = sum(table[b] for table, b in zip(tables, leaf, strict=True))
        density = stats.norm(centre, std).logpdf(x).sum(1)
        prior = sum(np.log(w[b]) for w, b in zip(weights, leaf, strict=True))
        columns.append(prior + peak + beta * (density - peak))
    return np.array(columns).T


def posterior(x, tables, std, weights, beta=1.0):
    joint = log_joint(x, tables, std, weights, beta)
    return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))


def statistics(x, q, tables, learnt):
    """(counts, pairs, first, square) of a posterior of all leaves, [N, leaves]."""
    sizes = [len(table) for table in tables]
    counts = [np.zeros(size) for size in sizes]
    own = sum(sizes[:learnt])
    pairs, first, square = np.zeros([own, own]), np.zeros([own, x.shape[1]]), 0.0
    starts = np.cumsum([0, *sizes])
    for leaf, mass in zip(leaves(tables), q.T, strict=True):
        rest = x - sum(
            (tables[level][leaf[level]] for level in range(learnt, len(tables))), np.zeros(x.shape[1])
        )
        square += mass @ (rest**2).sum(1)
        for level, branch in enumerate(leaf):
            counts[level][branch] += mass.sum()
        for level in range(learnt):
            row = starts[level] + leaf[level]
            first[row] += mass @ rest
            for other in range(learnt):
                pairs[row, starts[other] + leaf[other]] += mass.sum()
    return counts, pairs, first, square
