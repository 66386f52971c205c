"""Three E-steps for hierarchical mixtures: exact, mean-field, GFlowNet.

Each has `step(means, beta)` -> (`Statistics`, objective); after the last M-step `finish(means)`; the
`posterior(means)` of all leaves; and `estimate(means)`, its log-likelihood where leaves are too many.
"""

import numpy as np
import tensorflow as tf

from gmm_tf.hierarchical import Statistics, exact_statistics

# Draws of an observation that estimate its log-likelihood.
DRAWS = 16


class Exact:
    """The posterior over all leaves; the objective is the log-likelihood."""

    def __init__(self, mixture, x):
        self.mixture, self.x = mixture, x

    def step(self, means, beta):
        statistics = exact_statistics(self.mixture, self.x, means, beta)
        return statistics, statistics.log_likelihood

    def finish(self, means):
        pass

    def estimate(self, means):
        return exact_statistics(self.mixture, self.x, means).log_likelihood

    def posterior(self, means):
        return self.mixture.posterior(self.x, means)


class MeanField:
    """q(z) = q_1(z_1) ... q_L(z_L) of each observation, kept from step to step; the objective is the ELBO.

    Starting each step where the last one ended is what keeps the ELBO from falling.

    Args:
        q: [N, B_l] for each level but the first, where to start; the first sweep makes q_1 from them.
        sweeps: coordinate ascents of a step, >= 1.
    """

    def __init__(self, mixture, x, q, sweeps=1):
        self.mixture, self.x, self.sweeps = mixture, x, sweeps
        self.q = [None, *q]

    def step(self, means, beta):
        for _ in range(self.sweeps):
            self.q = mean_field_sweep(self.mixture, self.x, means, self.q, beta)
        lower = sum(q @ table for q, table in zip(self.q[1:], self.mixture.offsets, strict=True))
        statistics = Statistics(self.q[0].sum(0), self.q[0].T @ (self.x - lower))
        return statistics, elbo(self.mixture, self.x, means, self.q, beta)

    def finish(self, means):
        self.q = mean_field_sweep(self.mixture, self.x, means, self.q)

    def estimate(self, means):
        return elbo(self.mixture, self.x, means, self.q)

    def posterior(self, means):
        product = np.ones([len(self.x)])
        for q in self.q:
            product = product[..., None] * q.reshape(len(q), *[1] * (product.ndim - 1), -1)
        return product


def mean_field_sweep(mixture, x, means, q, beta=1.0):
    """New q of each level in turn from the latest of the others (Bishop 2006, section 10.1).

    Args:
        q: list of [N, B_l]; that of the first level is not read.
    """
    tables, q = (means, *mixture.offsets), list(q)
    expected = [None if each is None else each @ table for each, table in zip(q, tables, strict=True)]
    for level, table in enumerate(tables):
        rest = x - sum(other for index, other in enumerate(expected) if index != level)
        # The spread of the other levels is the same for each branch of this one.
        square = ((rest[:, None] - table) ** 2).sum(-1)
        q[level] = tf.nn.softmax(-0.5 * beta * square / mixture.std**2).numpy()
        expected[level] = q[level] @ table
    return q


def elbo(mixture, x, means, q, beta=1.0):
    """Mean of E_q[log p(z) + beta log p(x|z) - log q(z)], a bound of log p(x) for beta = 1 (Bishop
    2006, section 10.1); the constant of the likelihood is not tempered."""
    tables = (means, *mixture.offsets)
    rest = x - sum(each @ table for each, table in zip(q, tables, strict=True))
    square = (rest**2).sum(-1)
    entropy = 0.0
    for each, table in zip(q, tables, strict=True):
        square += (each @ (table**2) - (each @ table) ** 2).sum(-1)
        entropy -= np.where(each > 0, each * np.log(np.where(each > 0, each, 1.0)), 0.0).sum(-1)
    return float(np.mean(mixture.log_constant - 0.5 * beta * square / mixture.std**2 + entropy))


class GFlowNet:
    """Draws of a `GFlowNetPosterior` that learns on in each step; the objective is its mean loss.

    Args:
        model: a `GFlowNetPosterior`.
        samples: draws of each observation for the M-step.
        first_steps: Adam steps of the first E-step.
        final_steps: those after the last M-step, with a learning rate that falls to zero.
        **training: of `GFlowNetPosterior.train` in every E-step: steps, learning_rate, rollouts,
            batch_size, until.
    """

    def __init__(self, model, x, samples, first_steps, final_steps, **training):
        self.model, self.x, self.samples, self.training = model, x, samples, training
        self.next_steps, self.final_steps = first_steps, final_steps

    def step(self, means, beta):
        losses = self.model.train(self.x, means, beta=beta, **{**self.training, "steps": self.next_steps})
        self.next_steps = self.training["steps"]
        return self.statistics(), float(np.mean(losses)) if len(losses) else np.inf

    def finish(self, means):
        training = {**self.training, "steps": self.final_steps, "until": None}
        self.model.train(self.x, means, decay=True, **training)

    def statistics(self):
        tree, draws = self.model.tree, self.model.sample(self.x, self.samples).numpy()
        n, first = np.zeros(tree.superclusters), np.zeros([tree.superclusters, tree.dim])
        for z in draws:
            lower = sum(table[z[:, 1 + level]] for level, table in enumerate(tree.offsets))
            cluster = np.eye(tree.superclusters)[z[:, 0]]
            n += cluster.sum(0) / self.samples
            first += cluster.T @ (self.x - lower) / self.samples
        return Statistics(n, first)

    def estimate(self, means):
        weights = self.model.importance_weights(self.x, means, DRAWS)
        return float(np.mean(tf.reduce_logsumexp(weights, axis=0)) - np.log(DRAWS))

    def posterior(self, means):
        return self.model.probabilities(self.x).numpy()
