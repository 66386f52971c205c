"""A hierarchical mixture summed leaf by leaf, in code that shares nothing with the library."""

import itertools

import numpy as np
from scipy import stats
from scipy.special import logsumexp


def leaves(tables):
    return list(itertools.product(*(range(len(table)) for table in tables)))


def sums(tables):
    """The centre of each leaf, [leaves, D]."""
    return np.array([sum(rows) for rows in itertools.product(*tables)])


def log_joint(x, tables, std, weights, beta=1.0):
    """log p(z) + log p(x_n|z)^beta of every leaf, the normaliser untempered, [N, leaves]."""
    peak = stats.norm(scale=std).logpdf(0) * x.shape[1]
    density = stats.norm(sums(tables), std).logpdf(x[:, None]).sum(-1)
    prior = np.array([sum(values) for values in itertools.product(*map(np.log, weights))])
    return prior + peak + beta * (density - peak)


def posterior(x, tables, std, weights, beta=1.0):
    joint = log_joint(x, tables, std, weights, beta)
    return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))


def statistics(x, q, tables, learnt):
    """(counts, pairs, first, square) of a posterior of all leaves, [N, leaves]."""
    fixed = sums([*tables[learnt:], np.zeros([1, x.shape[1]])])
    rest = x[:, None] - np.tile(fixed, [q.shape[1] // len(fixed), 1])
    mass, choices = q.sum(0), np.array(leaves(tables))
    chosen = [choices[:, level, None] == range(len(table)) for level, table in enumerate(tables)]
    own = np.hstack(chosen[:learnt]).astype(float)
    first = own.T @ np.einsum("nk,nkd->kd", q, rest)
    return [mass @ each for each in chosen], (own.T * mass) @ own, first, np.sum(q * (rest**2).sum(-1))
