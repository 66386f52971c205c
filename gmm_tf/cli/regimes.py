"""Which E-step learns additive codebooks best in equal time: an experiment specified before it ran.

x = T_1[z_1] + ... + T_L[z_L] + std * noise with four codewords N(0, I) a level. All tables are learnt; the
noise is known. Cells differ in dimensions, levels and noise, from posteriors of many nats to sharp ones.
"""

import functools
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gmm_tf.cli import workers
from gmm_tf.cli.experiment import RUNS, SETTINGS, add_run, read_runs, replace
from gmm_tf.names import Kind, Verdict

if TYPE_CHECKING:
    from gmm_tf.codebooks import Codebooks
    from gmm_tf.e_steps import EStep
    from gmm_tf.hierarchical_em import EMResult, State
    from gmm_tf.m_steps import MStep

BRANCHES = 4
# Smallest median difference of log p(x) over pairs, in nats, that counts as a win.
MARGIN = 0.02
# Share of the pairs in which a winner is better, as decided before the runs, and the least number of pairs.
# It is no significance test: the two starts of a data set share its observations.
ENOUGH = 0.9
LEAST_PAIRS = 8
# The methods whose missed mass is exact; that of a policy is an estimate of another quantity.
EXACTLY_MISSED = ("exact", "beam of 64")


class Cell(NamedTuple):
    """A kind of data."""

    dim: int
    levels: int
    std: float

    def __str__(self) -> str:
        return f"D={self.dim} L={self.levels} std={self.std:g}"


class Settings(NamedTuple):
    """Settings of an experiment; results also depend on the machine's speed."""

    cells: tuple[Cell, ...] = (
        Cell(4, 6, 1.0),
        Cell(8, 6, 1.0),
        Cell(8, 10, 1.0),
        Cell(4, 6, 0.5),
        Cell(8, 6, 0.25),
    )
    data_sets: int = 5
    n: int = 2000
    held_out: int = 500
    seconds: float = 60.0  # of CPU time
    hidden: tuple[int, ...] = (64, 64)
    seed: int = 0


FAST = Settings(
    cells=(Cell(2, 3, 1.0), Cell(2, 3, 0.25)), data_sets=1, n=200, held_out=50, seconds=2.0, hidden=(16,)
)
# The two starts of each data set.
STARTS = ("residual k-means", "random")


class Task(NamedTuple):
    """One method from one start on one data set."""

    cell: Cell
    data_set: int
    start: str
    method: str


class Run(NamedTuple):
    """Result of a task; log-densities are exact means over the held-out observations."""

    cell: Cell
    data_set: int
    start: str
    method: str
    log_likelihood: float
    truth: float  # of the true codebooks
    iterations: int
    seconds: float  # of CPU time
    trace: list[list[float]]  # [[seconds, log p(x)], ...]
    microseconds: float  # of CPU time, for a new x: of a draw from a policy, or of a whole E-step
    missed: float | None  # posterior mass that the E-step leaves out, if known; of a policy, `missed_mass`


def methods(hidden: Sequence[int]) -> "dict[str, EStep]":
    """Name -> new E-step; new, because some have a policy as state."""
    from gmm_tf import e_steps

    plain = e_steps.PolicyNet(hidden=list(hidden), look_ahead=False)
    ahead = plain._replace(look_ahead=True)
    batches = e_steps.Training(first_steps=100, final_steps=0, batch_size=500, learning_rate=3e-3)
    better = batches._replace(steps=10, sleep=0.1, replay=1, log_z_rate=10.0)
    eight = batches._replace(rollouts=8, batch_size=64)
    return {
        "exact": e_steps.Exact(),
        "beam of 64": e_steps.Beam(64),
        "Gibbs, 20 sweeps": e_steps.Gibbs(20),
        "mean-field, best of 5": e_steps.MeanField(sweeps=5, starts=5),
        "wake-sleep": e_steps.GFlowNet(batches, plain._replace(objective="sleep"), 1),
        "RWS-8": e_steps.GFlowNet(eight, plain._replace(objective="rws"), 8),
        "RWS-8, look-ahead": e_steps.GFlowNet(eight, ahead._replace(objective="rws"), 8),
        "GFlowNet, plain": e_steps.GFlowNet(batches, plain, 1),
        "GFlowNet, improved": e_steps.GFlowNet(better, ahead, 8),
    }


def tasks(settings: Settings) -> list[Task]:
    """All tasks, cell by cell and pair by pair, so that an early stop leaves whole pairs and cells."""
    return [
        Task(cell, data_set, start, method)
        for cell in settings.cells
        for data_set in range(settings.data_sets)
        for start in STARTS
        for method in methods((1,))
    ]


def problem_of(task: Task, settings: Settings) -> "tuple[Codebooks, np.ndarray, np.ndarray, Codebooks]":
    """(true codebooks, x, held-out x, initial codebooks) of a task; independent of the method."""
    from gmm_tf import codebooks

    cell = task.cell
    rng = np.random.default_rng([settings.seed, *(int(100 * value) for value in cell), task.data_set])
    even = (np.full(BRANCHES, -np.log(BRANCHES)),) * cell.levels
    truth = tuple(rng.standard_normal([BRANCHES, cell.dim]) for _ in range(cell.levels))
    theta = codebooks.Codebooks(truth, cell.std, even)
    x, _ = codebooks.sample(theta, settings.n + settings.held_out, rng)
    x, held_out = x[: settings.n], x[settings.n :]
    begin = _residual_means if task.start == STARTS[0] else _random_tables
    return theta, x, held_out, theta._replace(tables=begin(x, cell.levels, rng))


def _random_tables(x: np.ndarray, levels: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return tuple(rng.standard_normal([BRANCHES, x.shape[1]]) for _ in range(levels))


def _residual_means(x: np.ndarray, levels: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Each table by k-means of the residual of x after the earlier ones (residual vector quantisation)."""
    from gmm_tf import starts

    tables, rest = [], x
    for _ in range(levels):
        means = starts.kmeans_plus_plus(rest, BRANCHES, Kind.SPHERICAL, rng, rounds=5).mu.numpy()
        nearest = np.stack([((rest - mean) ** 2).sum(1) for mean in means]).argmin(0)
        tables.append(np.asarray(means, np.float64))
        rest = rest - means[nearest]
    return tuple(tables)


class Clock:
    """A callback of `tree_em` that stops it in time and records codebooks for evaluation afterwards.

    Time is CPU time of the run's one core, which other work on the machine hardly changes.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.began, self.now = seconds, time.process_time(), 0.0
        self.kept: list[tuple[float, Codebooks]] = []

    def __call__(self, state: "State") -> bool:
        self.now = time.process_time() - self.began
        if not self.kept or self.now - self.kept[-1][0] > self.seconds / 10:
            self.kept.append((self.now, state.theta))
        return self.now > self.seconds


def run(task: Task, settings: Settings) -> Run:
    """Learn for the common time limit, then evaluate; -> Run."""
    from gmm_tf import tree_em
    from gmm_tf.hierarchical import HierarchicalMixture, log_density

    truth, x, held_out, start = problem_of(task, settings)
    tree = HierarchicalMixture(list(start.tables[1:]), start.std, superclusters=BRANCHES)
    learn = functools.partial(
        tree_em, x, start, mixture=tree, learn=("tables",), m_step=_m_step(), track=False, seed=task.data_set
    )
    # Warm-up, which compiles and is not timed.
    learn(methods(settings.hidden)[task.method], iterations=2)
    clock, e_step = Clock(settings.seconds), methods(settings.hidden)[task.method]
    result = learn(e_step, iterations=10**6, callback=clock)
    score = functools.cache(lambda i: float(np.mean(log_density(clock.kept[i][1], held_out))))
    trace = [[seconds, score(i)] for i, (seconds, _) in enumerate(clock.kept)]
    log_likelihood = float(np.mean(log_density(result.parameters, held_out)))
    microseconds, missed = _inference(e_step, result, held_out)
    return Run(
        task.cell,
        task.data_set,
        task.start,
        task.method,
        log_likelihood,
        float(np.mean(log_density(truth, held_out))),
        len(result.objective),
        clock.now,
        trace,
        microseconds,
        missed,
    )


def _m_step() -> "MStep":
    from gmm_tf import maximise

    # Codewords are N(0, I).
    return maximise(("tables",), ridge=1.0)


def _inference(e_step: "EStep", result: "EMResult", held_out: np.ndarray) -> tuple[float, float | None]:
    """Microseconds for a new x, and the posterior mass that is missed on average or None."""
    from gmm_tf import e_steps
    from gmm_tf.hierarchical import log_density

    problem = e_steps.Problem(held_out, result.parameters, ("tables",), rng=np.random.default_rng(0))
    model = result.model
    if model is not None:

        def draw() -> None:
            model.sample(held_out, 1).numpy()
    else:

        def draw() -> None:
            e_step.step(problem, None)

    draw()
    began = time.process_time()
    draw()
    microseconds = 1e6 * (time.process_time() - began) / len(held_out)
    if model is not None:
        return microseconds, model.missed_mass(held_out, result.parameters)
    if isinstance(e_step, e_steps.Beam):
        bound = e_step.bounds(problem)
        return microseconds, float(np.mean(1 - np.exp(bound - log_density(result.parameters, held_out))))
    return microseconds, 0.0 if isinstance(e_step, e_steps.Exact) else None


def run_all(folder: str | os.PathLike[str], settings: Settings, jobs: int) -> Iterator[Run]:
    """Yield each missing `Run` after it is written; each worker has one core.

    Raises:
        ValueError: the folder has runs of other settings.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    described = json.dumps(settings._asdict(), indent=1)
    if not (folder / SETTINGS).exists() and not (folder / RUNS).exists():
        replace(folder / SETTINGS, described)
    elif not (folder / SETTINGS).exists() or (folder / SETTINGS).read_text("utf-8") != described:
        raise ValueError(f"Expected the settings in {folder / SETTINGS}, got others; name another folder.")
    done = {each[:4] for each in read(folder)}
    left = [(task, settings) for task in tasks(settings) if task not in done]
    for finished in workers.results(jobs, run, left):
        add_run(folder / RUNS, finished._asdict())
        yield finished


def read(folder: str | os.PathLike[str]) -> list[Run]:
    """The `Run`s in a folder."""
    return [each._replace(cell=Cell(*each.cell)) for each in read_runs(Path(folder) / RUNS, Run)]


def compared(ours: Sequence[float], theirs: Sequence[float]) -> Verdict:
    """The Verdict on two lists of log-densities of the same pairs."""
    gain = np.array(ours) - np.array(theirs)
    if len(gain) < LEAST_PAIRS or max((gain > 0).sum(), (gain < 0).sum()) < ENOUGH * len(gain):
        return Verdict.TIE
    # Not below MARGIN, nor NaN.
    if not abs(np.median(gain)) >= MARGIN:
        return Verdict.TIE
    return Verdict.BETTER if np.median(gain) > 0 else Verdict.WORSE


def summary(runs: Sequence[Run], cell: Cell) -> list[dict[str, Any]]:
    """A dict for each method of a cell, a row of the table; the best median first."""
    own = [each for each in runs if each.cell == cell]
    scores: dict[str, dict[tuple[int, str], Run]] = {}
    for each in own:
        scores.setdefault(each.method, {})[each.data_set, each.start] = each
    lines = []
    for method, found in scores.items():
        beaten_by, beats = [], []
        for other, theirs in scores.items():
            pairs = sorted(found.keys() & theirs.keys())
            verdict = compared(*([side[pair].log_likelihood for pair in pairs] for side in (found, theirs)))
            beaten_by += [other] * (verdict is Verdict.WORSE)
            beats += [other] * (verdict is Verdict.BETTER)
        values = list(found.values())
        missed = [each.missed for each in values if method in EXACTLY_MISSED and each.missed is not None]
        lines.append(
            {
                "method": method,
                "pairs": len(values),
                "beats": beats,
                "beaten_by": beaten_by,
                "gap": float(np.median([each.truth - each.log_likelihood for each in values])),
                "microseconds": float(np.median([each.microseconds for each in values])),
                "missed": float(np.mean(missed)) if missed else None,
                "iterations": float(np.median([each.iterations for each in values])),
            }
        )
    return sorted(lines, key=lambda line: line["gap"])


def median_gaps(runs: Sequence[Run]) -> tuple[np.ndarray, np.ndarray]:
    """(CPU seconds [T], median over runs of the nats below the true codebooks [T]), for T records of a run.

    Between its records, a run's log p(x) is interpolated; before the first and after the last it is constant.
    """
    records = [np.array([*run.trace, [run.seconds, run.log_likelihood]]) for run in runs]
    first, last = (np.median([each[end, 0] for each in records]) for end in (0, -1))
    seconds = np.linspace(first, last, max(map(len, records)))
    gaps = [
        run.truth - np.interp(seconds, each[:, 0], each[:, 1])
        for run, each in zip(runs, records, strict=True)
    ]
    return seconds, np.median(gaps, axis=0)


def is_complete(found: Sequence[dict[str, Any]], settings: Settings) -> bool:
    """Whether the summary of a cell has every pair of every method."""
    return sum(line["pairs"] for line in found) == len(methods((1,))) * len(STARTS) * settings.data_sets
