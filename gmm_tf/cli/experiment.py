"""EM with exact, variational, GFlowNet and other E-steps on the same data from the same starts."""

import csv
import functools
import io
import itertools
import json
import os
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from gmm_tf import e_steps
from gmm_tf.cli import workers
from gmm_tf.data import TRUE_MEANS
from gmm_tf.hierarchical import HierarchicalMixture
from gmm_tf.hierarchical_em import EMResult, exact_em, gflownet_em, tree_em, variational_em
from gmm_tf.m_steps import ascend
from gmm_tf.names import Compared


def _with(e_step: e_steps.EStep) -> Callable[..., EMResult]:
    """EM with an E-step, called as `exact_em` is."""

    def run(x: np.ndarray, init_means: Any, iterations: int, **options: Any) -> EMResult:
        return tree_em(x, init_means, e_step, iterations, **options)

    return run


METHODS: dict[str, Callable[..., EMResult]] = {
    Compared.EXACT: exact_em,
    Compared.VARIATIONAL: variational_em,
    Compared.GFLOWNET: gflownet_em,
    Compared.REMAINDER: _with(e_steps.Remainder(4)),
    Compared.BEAM: _with(e_steps.Beam(64)),
    Compared.GIBBS: _with(e_steps.Gibbs(20)),
    # Its M-step does not weight draws.
    Compared.WAKE_SLEEP: functools.partial(gflownet_em, objective="sleep", look_ahead=False, samples=1),
    Compared.RWS: functools.partial(gflownet_em, objective="rws", rollouts=8, look_ahead=False),
}
# The paper's notebook: 1,000 Adam steps per E-step, one draw and one gradient step per M-step.
# It divides its mean loss by the number of observations before it compares it with a threshold of 100. Here
# that is 100 * 4,000, which withholds no M-step.
PAPER: dict[str, Any] = {
    "steps": 1000,
    "first_steps": 1000,
    "final_steps": 0,
    "learning_rate": 3e-4,
    "hidden": 32,
    "exploration": 0.0,
    "look_ahead": False,
    "samples": 1,
    "threshold": 4e5,
    "batch_size": None,
    "ascend": [0.1, 1],
}
# What the notebook prints is below the true log-density: its normaliser has the wrong sign.
NOTEBOOK = 3 * float(np.log(2 * np.pi * 0.25**2))
# A run within this many nats of EM from the true means has found the optimum.
OPTIMAL = 1e-3
# EM iterations from the true means that make the optimum.
CONVERGED = 200
# For a single E-step: sharp borders between branches need a larger net than an EM run.
PRECISE_NET = [128, 128]
PRECISE_TRAINING: dict[str, Any] = {"learning_rate": 5e-3, "batch_size": 1000}
RUNS, RESULTS, SETTINGS, STARTS = "runs.jsonl", "results.csv", "settings.json", "starts.csv"
T = TypeVar("T")


class Settings(NamedTuple):
    """Settings of a comparison; equal settings give equal results, except for the seconds."""

    seed: int = 0
    n: int = 4000
    iterations: int = 60
    anneal: tuple[str, ...] = (
        Compared.EXACT,
        Compared.GFLOWNET,
    )  # methods annealed during half of the iterations
    gflownet: dict[str, Any] | None = None  # arguments of `gflownet_em`; "ascend" of its M-step
    levels: int = 2
    data_per_start: bool = False  # new observations for each start, as in the notebook


class Run(NamedTuple):
    """One method from one start."""

    init: int
    method: str
    log_likelihood: float
    optimum_log_likelihood: float
    total_variation: float  # of the method's posterior to the exact one at the same means, mean over x; of
    # q(z_1) beyond 4096 leaves
    seconds: float
    means: list[Any]  # [C, D], not in results.csv
    path: list[Any]  # [iterations + 1, C, D], nor this
    truth_log_likelihood: float  # of the true means, nor this


COLUMNS = ("init", "method", "log_likelihood", "optimum_log_likelihood", "total_variation", "seconds")


class StoreError(Exception):
    """A directory that cannot be used for, or continue, a comparison."""


def data_and_start(settings: Settings, init: int) -> tuple[np.ndarray, np.ndarray]:
    """(x [n, 2], means [4, 2]): x depends on the seed, means on the seed and the number of the start; both
    on both where each start has data of its own."""
    own = [settings.seed, init, 1] if settings.data_per_start else settings.seed
    x = HierarchicalMixture(levels=settings.levels).sample(settings.n, TRUE_MEANS, np.random.default_rng(own))
    rng = np.random.default_rng([settings.seed, init])
    return x, x[rng.choice(len(x), 4, replace=False)]


def total_variation(p: np.ndarray, q: np.ndarray) -> float:
    """Mean over observations of half the summed distance of two posteriors [N, ...]."""
    return float(np.mean(0.5 * np.abs(p - q).reshape(len(p), -1).sum(1)))


def runs(
    settings: Settings,
    inits: int,
    methods: Sequence[str],
    done: Container[tuple[int, str]] = (),
    jobs: int = 1,
) -> Iterator[Run]:
    """Yield a `Run` for each start and method, except for the (init, method) in done.

    Args:
        jobs: number of processes; with one, all runs are in this one.
    """
    left = [(settings, init, method) for init in range(inits) for method in methods]
    left = [case for case in left if case[1:] not in done]
    if jobs == 1:
        yield from itertools.starmap(run, left)
    else:
        yield from workers.results(jobs, run, left)


def optimum(settings: Settings, init: int) -> float:
    """Log-likelihood of EM from the true means, on the data of a start."""
    own = init if settings.data_per_start else 0
    # Without the arguments of the methods, which change nothing here.
    return _optimum(settings._replace(gflownet=None, anneal=()), own, CONVERGED)


@functools.lru_cache(maxsize=1)
def _optimum(settings: Settings, init: int, iterations: int) -> float:
    x, _ = data_and_start(settings, init)
    tree = HierarchicalMixture(levels=settings.levels)
    return float(exact_em(x, TRUE_MEANS, iterations, tree).log_likelihoods[-1])


def run(settings: Settings, init: int, method: str) -> Run:
    """One method from one start."""
    tree, (x, start) = HierarchicalMixture(levels=settings.levels), data_and_start(settings, init)
    own = dict(settings.gflownet or {}) if method == Compared.GFLOWNET else {}
    if "ascend" in own:
        own["m_step"] = ascend(*own.pop("ascend"))
    anneal = "half" if method in settings.anneal else None
    result = METHODS[method](x, start, settings.iterations, mixture=tree, anneal=anneal, seed=init, **own)
    if result.posterior is None:
        problem = e_steps.Problem(x, result.parameters)
        variation = total_variation(e_steps.Exact().first_level(problem, None), result.first_level)
    else:
        variation = total_variation(tree.posterior(x, result.means), result.posterior)
    return Run(
        init,
        method,
        # Exact, where the result has a bound or an estimate.
        tree.log_likelihood(x, result.means),
        optimum(settings, init),
        variation,
        result.seconds,
        result.means.tolist(),
        result.path.tolist(),
        tree.log_likelihood(x, TRUE_MEANS),
    )


def write_starts(folder: str | os.PathLike[str], settings: Settings, inits: int) -> None:
    """The means that every run starts from: init, supercluster, and its coordinates."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["init", "supercluster", "x1", "x2"])
    for init in range(inits):
        writer.writerows([init, c, *mean] for c, mean in enumerate(data_and_start(settings, init)[1]))
    replace(Path(folder) / STARTS, text.getvalue())


class Store:
    """Finished runs in a directory; each is written before the next begins.

    Raises:
        StoreError: the directory has runs and resume is False, or runs of other settings.
    """

    def __init__(self, folder: str | os.PathLike[str], settings: Settings, resume: bool) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        described = json.dumps(settings._asdict(), indent=1, sort_keys=True)
        path = self.folder / SETTINGS
        if path.exists() or (self.folder / RUNS).exists():
            if not resume:
                raise StoreError(f"Expected {folder} without runs; add --resume, or name another directory.")
            if not path.exists() or path.read_text("utf-8") != described:
                raise StoreError(f"Expected the settings in {path}, got others; name another directory.")
        replace(path, described)
        self.runs = read_runs(self.folder / RUNS, Run)
        self._write_table()

    @property
    def done(self) -> set[tuple[int, str]]:
        return {(run.init, run.method) for run in self.runs}

    def add(self, run: Run) -> None:
        add_run(self.folder / RUNS, run._asdict())
        self.runs.append(run)
        self._write_table()

    def _write_table(self) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        methods = list(METHODS)
        rows = sorted(self.runs, key=lambda run: (run.init, methods.index(run.method)))
        writer.writerows([getattr(run, name) for name in COLUMNS] for run in rows)
        replace(self.folder / RESULTS, text.getvalue())


def add_run(path: Path, run: dict[str, Any]) -> None:
    """Add a run to a file, as a line of JSON."""
    with open(path, "a", encoding="utf-8") as file:
        # An incomplete line, left by a killed process, must not corrupt this one.
        file.write("\n" + json.dumps(run) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_runs(path: Path, kind: Callable[..., T]) -> list[T]:
    """The runs in a file, if it is there, as values of this kind."""
    found = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            found.append(kind(**json.loads(line)))
        except (json.JSONDecodeError, TypeError):
            continue  # an empty line, or an incomplete one left by a killed process: its run is repeated
    return found


def replace(path: Path, text: str) -> None:
    """Write a file atomically."""
    beside = path.with_suffix(path.suffix + ".new")
    beside.write_text(text, "utf-8")
    os.replace(beside, path)


def summary(runs: Sequence[Run], method: str) -> dict[str, Any] | None:
    """The table's row for one method's runs, or None if there are none."""
    own = [run for run in runs if run.method == method]
    if not own:
        return None
    gaps = np.array([run.optimum_log_likelihood - run.log_likelihood for run in own])
    return {
        "runs": len(own),
        "optimal": int((gaps < OPTIMAL).sum()),
        "log_likelihood": float(np.mean([run.log_likelihood for run in own])),
        "worst": float(min(run.log_likelihood for run in own)),
        "total_variation": float(np.mean([run.total_variation for run in own])),
        "seconds": float(np.median([run.seconds for run in own])),
    }
