"""E-steps for hierarchical mixtures, all behind the one loop of `hierarchical_em`.

An E-step has `step(problem, previous)` -> `Answer`, where previous is the q of the answer before (None at
first); `finish(problem, previous)` -> q, after the last M-step; `first_level(problem, q)` -> q(z_1 | x_n),
[N, C]; and `posterior(problem, q)` -> [N, leaves], or None if it has none. Costs are per step, with N
observations, L levels of B branches in D dimensions.
"""

import abc
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
import tensorflow as tf

from gmm_tf import codebooks, leaves, moments, separable
from gmm_tf.codebooks import Codebooks
from gmm_tf.gflownet import GFlowNetPosterior
from gmm_tf.hierarchical import mixture_of
from gmm_tf.inputs import check_count
from gmm_tf.moments import Statistics
from gmm_tf.names import Learnt
from gmm_tf.remainder import log_score, look_ahead
from gmm_tf.shapes import Float, Int

# Draws per observation for estimating its log-likelihood.
DRAWS = 16


class Problem(NamedTuple):
    """Input of an E-step: data and parameters; asked for are the sums that learning needs."""

    x: Float[np.ndarray, "N D"]  # float64
    theta: Codebooks
    learn: tuple[str, ...] = (Learnt.MEANS,)  # as in `m_steps.maximise`
    beta: float = 1.0
    rng: np.random.Generator | None = None

    @property
    def generator(self) -> np.random.Generator:
        """What E-steps that draw need.

        Raises:
            ValueError: there is none.
        """
        if self.rng is None:
            raise ValueError("Expected an rng, because this E-step draws, got None; pass a generator.")
        return self.rng

    @property
    def learnt(self) -> int:
        """Number of levels whose tables are learnt."""
        return self.theta.levels if Learnt.TABLES in self.learn else 1

    @property
    def first_level_only(self) -> bool:
        """Whether sums of the first level are all that learning needs."""
        return not {Learnt.TABLES, Learnt.WEIGHTS} & set(self.learn)


# q_l [N, B_l] of each level, or [starts, N, B_l].
Product: TypeAlias = list[Float[np.ndarray, "... _"]]


class Answer(NamedTuple):
    """Output of an E-step."""

    q: Any  # where the next step starts
    statistics: Statistics
    objective: float


class EStep(abc.ABC):
    """An E-step. By default `finish` is another step, and the objective bounds log p(x)."""

    has_estimate = True  # of log p(x) where it cannot be summed

    @abc.abstractmethod
    def step(self, problem: Problem, previous: Any) -> Answer:
        """The sums that an M-step needs; `previous` is the q of the answer before, None at first."""

    @abc.abstractmethod
    def first_level(self, problem: Problem, q: Any) -> Float[np.ndarray, "N C"]:
        """q(z_1 | x_n)."""

    @abc.abstractmethod
    def posterior(self, problem: Problem, q: Any) -> Float[np.ndarray, "N ..."] | None:
        """q(z | x_n) of all leaves, if there is one."""

    def finish(self, problem: Problem, previous: Any) -> Any:
        return self.step(problem, previous).q

    def estimate(self, problem: Problem, q: Any) -> float:
        """Mean log p(x), estimated, if it cannot be summed."""
        return self.step(problem, q).objective


class Exact(EStep):
    """The exact posterior; the objective is the log-likelihood.

    Cost: N B^L multiplications in matrix products, or as many exponentials where the posterior is very
    sharp (see `leaves`); N S sum_d M_d exponentials if the coordinates separate (see `separable`) and only
    the means or the noise are learnt.
    """

    def step(self, problem: Problem, previous: Any) -> Answer:
        x, theta, beta = problem.x, problem.theta, problem.beta
        parts = separable.split(theta) if problem.first_level_only else None
        if parts is None:
            statistics = leaves.statistics(theta, x, problem.learnt, beta)
        else:
            statistics = separable.statistics(theta, parts, x, beta)
        # Both ways to sum know the log-likelihood, so it is not None.
        return Answer(None, statistics, cast(float, statistics.log_likelihood))

    def finish(self, problem: Problem, previous: Any) -> None:
        pass

    def first_level(self, problem: Problem, q: Any) -> Float[np.ndarray, "N C"]:
        parts = separable.split(problem.theta)
        if parts is None:
            return leaves.first_level(problem.theta, problem.x)
        return separable.first_level(problem.theta, parts, problem.x)

    def posterior(self, problem: Problem, q: Any) -> Float[np.ndarray, "N leaves"]:
        return tf.nn.softmax(leaves.log_posterior(problem.theta, problem.x)).numpy()


class MeanField(EStep):
    """q(z) = q_1(z_1) ... q_L(z_L) of each observation, kept from step to step; the objective is the ELBO.

    Starting each step where the last one ended keeps the ELBO from falling. Cost: starts *
    sweeps * N L B D multiplications.

    Args:
        sweeps: number of coordinate-ascent sweeps per step, >= 1.
        starts: number of random initialisations for each observation, of which the best is kept.
    """

    def __init__(self, sweeps: int = 1, starts: int = 1) -> None:
        check_count("sweeps", sweeps)
        check_count("starts", starts)
        self.sweeps, self.starts = sweeps, starts

    def step(self, problem: Problem, previous: Any) -> Answer:
        q = self._ascend(problem, previous, self.sweeps)
        best, bound = _best(problem, q)
        return Answer(q, moments.of_product(problem.theta, problem.learnt, problem.x, best), bound)

    def finish(self, problem: Problem, previous: Any) -> Product:
        return self._ascend(problem, previous, 1)

    def _ascend(self, problem: Problem, q: Product | None, sweeps: int) -> Product:
        if q is None:
            q = [problem.generator.random([self.starts, len(problem.x), b]) for b in problem.theta.branching]
            q = [each / each.sum(-1, keepdims=True) for each in q]
        for _ in range(sweeps):
            q = mean_field_sweep(problem.theta, problem.x, q, problem.beta)
        return q

    def first_level(self, problem: Problem, q: Product) -> Float[np.ndarray, "N C"]:
        return _best(problem, q)[0][0]

    def posterior(self, problem: Problem, q: Product) -> Float[np.ndarray, "N leaves"]:
        product = np.ones([len(problem.x), 1])
        for each in _best(problem, q)[0]:
            product = (product[:, :, None] * each[:, None]).reshape(len(each), -1)
        return product


def _best(problem: Problem, q: Product) -> tuple[Product, float]:
    """The product with the highest ELBO of each observation, [N, B_l] of each level, and the mean ELBO."""
    bound = elbo(problem.theta, problem.x, q, problem.beta)
    best = bound.argmax(0)
    return [each[best, np.arange(len(best))] for each in q], float(bound.max(0).mean())


def mean_field_sweep(theta: Codebooks, x: Float[np.ndarray, "N D"], q: Product, beta: float = 1.0) -> Product:
    """New q of each level in turn from the latest of the others (Bishop 2006, section 10.1).

    Args:
        q: list of [..., N, B_l]; that of the first level is not read.
    """
    q = list(q)
    expected = [None, *(each @ table for each, table in zip(q[1:], theta.tables[1:], strict=True))]
    total = sum(expected[1:])
    for level, table in enumerate(theta.tables):
        rest = x - (total - expected[level] if level else total)
        # The spread of the other levels is the same for each branch of this one.
        logits = beta * (rest @ table.T - 0.5 * np.sum(table**2, -1)) / theta.std**2
        q[level] = _softmax(logits + theta.log_weights[level])
        expected[level] = q[level] @ table
        total = x - rest + expected[level]
    return q


def elbo(
    theta: Codebooks, x: Float[np.ndarray, "N D"], q: Product, beta: float = 1.0
) -> Float[np.ndarray, "... N"]:
    """E_q[log p(z) + beta log p(x_n|z) - log q(z)], [..., N], a lower bound of log p(x_n) for beta = 1.

    Bishop 2006, section 10.1; the constant of the likelihood is not tempered.
    """
    square = np.sum((x - sum(each @ table for each, table in zip(q, theta.tables, strict=True))) ** 2, -1)
    rest = 0.0
    for each, table, log_weights in zip(q, theta.tables, theta.log_weights, strict=True):
        square += (each @ (table**2) - (each @ table) ** 2).sum(-1)
        rest += each @ log_weights - np.where(
            each > 0, each * np.log(np.where(each > 0, each, 1.0)), 0.0
        ).sum(-1)
    return theta.log_noise - 0.5 * beta * square / theta.std**2 + rest


class Remainder(EStep):
    """Enumerates the first levels, and approximates the sum of the others by a Gaussian with its moments.

    It can learn only means and noise. The objective is the mean log-density of this approximation.
    Cost: N B^levels (D + 1).

    Args:
        levels: number of levels that are enumerated, >= 1.
    """

    def __init__(self, levels: int = 4) -> None:
        check_count("levels", levels)
        self.levels = levels

    def step(self, problem: Problem, previous: Any) -> Answer:
        if not problem.first_level_only:
            raise ValueError(
                "Expected learn to have only 'means' and 'std', because a Gaussian remainder has no branches."
            )
        x, theta = problem.x, problem.theta
        u, q, log_px = self._prefixes(problem)
        clusters = np.repeat(np.eye(len(theta.tables[0])), len(u) // len(theta.tables[0]), axis=0)
        lower = u - clusters @ theta.tables[0]
        mean, covariance = codebooks.remainder(theta, min(self.levels, theta.levels))
        noise = theta.std**2 * np.eye(theta.dim)
        spread = covariance - noise
        # E[sum of the rest | x, u] = mean + gain (x - u - mean), and the residual of x: keep x - offset.
        gain = spread @ np.linalg.inv(covariance + (1 / problem.beta - 1) * noise)
        keep = np.eye(theta.dim) - gain
        offset = lower + mean - (u + mean) @ gain.T
        mass, first = q.sum(0), q.T @ x @ keep.T
        square = np.sum((x @ keep.T) ** 2) - 2 * np.sum(first * offset) + mass @ np.sum(offset**2, 1)
        square += len(x) * np.trace(spread - gain @ spread)
        n = mass @ clusters
        counts = (n, *[None] * (theta.levels - 1))
        first = clusters.T @ (first - mass[:, None] * offset)
        return Answer(None, Statistics(counts, np.diag(n), first, float(square)), float(log_px.mean()))

    def finish(self, problem: Problem, previous: Any) -> None:
        pass

    def _prefixes(
        self, problem: Problem
    ) -> tuple[Float[np.ndarray, "U D"], Float[np.ndarray, "N U"], Float[np.ndarray, "N"]]:
        """Sums of the enumerated levels [U, D], their posterior [N, U], and the log-density [N]."""
        theta = problem.theta
        level = min(self.levels, theta.levels)
        u, log_u, _ = codebooks.combinations(theta, 0, level)
        ahead = look_ahead(theta, level, problem.beta)
        x, v = problem.x @ ahead.whiten.T, (u + ahead.mean) @ ahead.whiten.T
        square = np.sum(x**2, 1)[:, None] - 2 * x @ v.T + np.sum(v**2, 1)
        logits = ahead.log_norm - 0.5 * square + log_u
        log_px = np.logaddexp.reduce(logits, axis=1)
        return u, np.exp(logits - log_px[:, None]), log_px

    def first_level(self, problem: Problem, q: Any) -> Float[np.ndarray, "N C"]:
        q = self._prefixes(problem)[1]
        return q.reshape(len(q), len(problem.theta.tables[0]), -1).sum(-1)

    def posterior(self, problem: Problem, q: Any) -> Float[np.ndarray, "N leaves"] | None:
        return self._prefixes(problem)[1] if self.levels >= problem.theta.levels else None


class Draws(NamedTuple):
    """Weighted assignments of each observation."""

    z: Int[np.ndarray, "S N L"]
    weights: Float[np.ndarray, "S N"]  # which sum to 1 over the draws


class OfDraws(EStep):
    """An E-step whose q is `Draws`."""

    def first_level(self, problem: Problem, q: Draws) -> Float[np.ndarray, "N C"]:
        return _frequencies(q, q.z[..., 0], problem.theta.branching[0])

    def posterior(self, problem: Problem, q: Draws) -> Float[np.ndarray, "N leaves"]:
        leaf = np.ravel_multi_index(np.moveaxis(q.z, -1, 0), problem.theta.branching)
        return _frequencies(q, leaf, problem.theta.leaves)

    def _answer(self, problem: Problem, q: Draws, objective: float) -> Answer:
        return Answer(q, moments.of_draws(problem.theta, problem.learnt, problem.x, *q), float(objective))


def _frequencies(q: Draws, index: Int[np.ndarray, "S N"], size: int) -> Float[np.ndarray, "N size"]:
    """Weight of each value of index [S, N] for each observation, [N, size]."""
    n = index.shape[1]
    cells = np.bincount((np.arange(n) * size + index).ravel(), q.weights.ravel(), n * size)
    return cells.reshape(n, size)


class Beam(OfDraws):
    """The posterior truncated to the best leaves of a beam search with a Gaussian look-ahead.

    This is truncated variational EM (Luecke & Eggert 2010) with leaves found level by level. The
    objective is the log of the mass in the beam, a lower bound of log p(x). Cost: N L width B (D^2 + log).

    Args:
        width: number of leaves that are kept, >= 1; exact if the tree has no more.
    """

    def __init__(self, width: int = 64) -> None:
        check_count("width", width)
        self.width = width

    def step(self, problem: Problem, previous: Any) -> Answer:
        z, score = self._search(problem)
        total = np.logaddexp.reduce(score, axis=1)
        draws = Draws(z.swapaxes(0, 1), np.exp(score - total[:, None]).T)
        return self._answer(problem, draws, total.mean())

    def bounds(self, problem: Problem) -> Float[np.ndarray, "N"]:
        """Log of the mass in the beam of each observation, [N], at most log p(x_n)."""
        return np.logaddexp.reduce(self._search(problem)[1], axis=1)

    def _search(self, problem: Problem) -> tuple[Int[np.ndarray, "N W L"], Float[np.ndarray, "N W"]]:
        """The leaves that are kept, [N, width, L], and their log p(z) p(x|z)^beta, [N, width]."""
        x, theta, beta = problem.x, problem.theta, problem.beta
        rest, log_p = x[:, None], np.zeros([len(x), 1])
        z = np.zeros([len(x), 1, 0], np.int32)
        for level, table in enumerate(theta.tables):
            rest = (rest[:, :, None] - table).reshape(len(x), -1, theta.dim)
            log_p = (log_p[:, :, None] + theta.log_weights[level]).reshape(len(x), -1)
            branch = np.broadcast_to(np.arange(len(table), dtype=np.int32), [*z.shape[:2], len(table)])
            z = np.concatenate([np.repeat(z, len(table), axis=1), branch.reshape(len(x), -1, 1)], axis=2)
            score = log_p + log_score(look_ahead(theta, level + 1, beta), rest)
            if score.shape[1] > self.width:
                kept = np.argpartition(-score, self.width - 1, axis=1)[:, : self.width]
                rest, z = (np.take_along_axis(each, kept[..., None], 1) for each in (rest, z))
                log_p, score = (np.take_along_axis(each, kept, 1) for each in (log_p, score))
        return z, score


class Gibbs(OfDraws):
    """Gibbs sampling, which continues from the draws of the last step (Monte Carlo EM: Wei & Tanner 1990).

    Only the second half of the sweeps is used. The objective is the mean log p(x, z) of these draws, which is
    not a bound.
    Cost: sweeps * N L B D.

    Args:
        sweeps: number of sweeps over all levels per step, >= 1.
    """

    has_estimate = False

    def __init__(self, sweeps: int = 20) -> None:
        check_count("sweeps", sweeps)
        self.sweeps = sweeps

    def step(self, problem: Problem, previous: Any) -> Answer:
        x, theta, rng = problem.x, problem.theta, problem.generator
        if previous is None:
            z = np.stack([rng.integers(b, size=len(x)) for b in theta.branching], axis=-1)
        else:
            z = previous.z[-1]
        chain = []
        for _ in range(self.sweeps):
            z = gibbs_sweep(theta, x, z, rng, problem.beta)
            chain.append(z)
        z = np.stack(chain[self.sweeps // 2 :])
        draws = Draws(z, np.full(z.shape[:2], 1 / len(z)))
        return self._answer(problem, draws, codebooks.log_joint(theta, x, z, problem.beta).mean())

    def estimate(self, problem: Problem, q: Any) -> float:
        """NaN: draws alone do not determine log p(x)."""
        return np.nan


def gibbs_sweep(
    theta: Codebooks,
    x: Float[np.ndarray, "N D"],
    z: Int[np.ndarray, "N L"],
    rng: np.random.Generator,
    beta: float = 1.0,
) -> Int[np.ndarray, "N L"]:
    """New z [N, L]: each level drawn in turn from its distribution given all others (Geman & Geman 1984)."""
    z, rest = z.copy(), x - codebooks.chosen_sum(theta.tables, z)
    for level, table in enumerate(theta.tables):
        rest = rest + table[z[:, level]]
        logits = beta * (rest @ table.T - 0.5 * np.sum(table**2, 1)) / theta.std**2 + theta.log_weights[level]
        passed = np.cumsum(_softmax(logits), axis=1)[:, :-1] <= rng.random(len(x))[:, None]
        z[:, level] = passed.sum(1)
        rest = rest - table[z[:, level]]
    return z


def _softmax(logits: Float[np.ndarray, "... B"]) -> Float[np.ndarray, "... B"]:
    """In NumPy, for arrays so small that TensorFlow's overhead dominates."""
    q = np.exp(logits - logits.max(-1, keepdims=True))
    return q / q.sum(-1, keepdims=True)


class Training(NamedTuple):
    """How a policy is trained in the E-steps of EM; most fields are as in `GFlowNetPosterior.train`."""

    steps: int = 20  # Adam steps of an E-step, at most
    first_steps: int = 200  # Adam steps of the first E-step, with an untrained policy
    final_steps: int = 500  # Adam steps after the last M-step, with a learning rate that falls to zero
    learning_rate: float = 1e-2
    rollouts: int | None = None
    batch_size: int | None = 1000  # observations of an Adam step; all if None
    until: float | None = None  # looked at after every 64 steps, so E-steps of fewer ignore it
    sleep: float = 0.0
    log_z_rate: float = 1.0
    # Gibbs sweeps that refine the last draws, which the policy is also trained on; 0 for none.
    replay: int = 0

    def options(self, **others: Any) -> dict[str, Any]:
        """Arguments of `GFlowNetPosterior.train`, some of them replaced."""
        elsewhere = ("first_steps", "final_steps", "replay")
        own = {name: value for name, value in self._asdict().items() if name not in elsewhere}
        return own | others


class PolicyNet(NamedTuple):
    """Architecture and objective of a policy, as in `GFlowNetPosterior`."""

    hidden: int | list[int] = 32
    objective: str | None = None
    exploration: float = 0.1
    look_ahead: bool = True


class Learner(NamedTuple):
    """A policy that keeps training, its last draws, and the losses of its last training."""

    model: GFlowNetPosterior
    draws: Draws | None
    losses: Float[np.ndarray, "_"]


class GFlowNet(EStep):
    """Draws of a `GFlowNetPosterior` that is trained further in each step; the objective is its mean loss.

    The M-step weights the draws of an observation by p(x, z) / q(z | x), which sum to 1 (the wake phase
    of reweighted wake-sleep), so that with several draws EM depends less on an inaccurate policy.
    With the objective "rws" this is reweighted wake-sleep, and with "sleep" and samples=1, which weights no
    draws, wake-sleep. Cost: (steps * rollouts + samples) * N L (D + hidden) B.

    Args:
        training: `Training`.
        net: `PolicyNet`.
        samples: number of draws per observation for an M-step, >= 1.
        policy: a `GFlowNetPosterior` to train further, in place (a run that resumes from a checkpoint trains
            a copy), with its own net; a new one if None.

    Raises:
        ValueError: a net beside a policy, or samples out of range.
    """

    def __init__(
        self,
        training: Training | None = None,
        net: PolicyNet | None = None,
        samples: int = 4,
        policy: GFlowNetPosterior | None = None,
    ) -> None:
        check_count("samples", samples)
        self.training, self.net = training or Training(), net or PolicyNet()
        if policy is not None and self.net != PolicyNet():
            raise ValueError(
                f"Expected no options of a net with a policy, got {self.net}; the policy has its own."
            )
        self.samples, self.policy = samples, policy

    def step(self, problem: Problem, previous: Any) -> Answer:
        first = previous is None
        learner = self._start(problem) if first else previous
        steps = self.training.first_steps if first and self.policy is None else self.training.steps
        learner = self._learn(problem, learner, steps=steps)
        z, log_weights = learner.model.draw(problem.x, problem.theta, self.samples, problem.beta)
        draws = Draws(z, _softmax(log_weights.T).T)
        value = float(np.mean(learner.losses)) if len(learner.losses) else np.inf
        statistics = moments.of_draws(problem.theta, problem.learnt, problem.x, *draws)
        return Answer(learner._replace(draws=draws), statistics, value)

    def finish(self, problem: Problem, previous: Any) -> Learner:
        return self._learn(problem, previous, steps=self.training.final_steps, until=None, decay=True)

    def _start(self, problem: Problem) -> Learner:
        model = self.policy
        if model is None:
            seed = int(problem.generator.integers(2**31))
            model = GFlowNetPosterior(mixture_of(problem.theta), **self.net._asdict(), seed=seed)
        return Learner(model, None, np.empty(0))

    def _learn(self, problem: Problem, learner: Learner, **options: Any) -> Learner:
        replay = None
        if self.training.replay and learner.draws is not None:
            replay = learner.draws.z[0]
            for _ in range(self.training.replay):
                replay = gibbs_sweep(problem.theta, problem.x, replay, problem.generator, problem.beta)
        options = self.training.options(**options, beta=problem.beta, replay=replay)
        losses = learner.model.train(problem.x, problem.theta, **options)
        return learner._replace(losses=losses)

    def estimate(self, problem: Problem, q: Any) -> float:
        """Mean log p(x) by importance sampling."""
        weights = q.model.importance_weights(problem.x, problem.theta, DRAWS)
        return float(np.mean(np.logaddexp.reduce(weights, axis=0)) - np.log(DRAWS))

    def first_level(self, problem: Problem, q: Learner) -> Float[np.ndarray, "N C"]:
        return q.model.first_level(problem.x)

    def posterior(self, problem: Problem, q: Learner) -> Float[np.ndarray, "N ..."]:
        return q.model.probabilities(problem.x).numpy()
