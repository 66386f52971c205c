"""What the questions of `gmm-two-ways` are made of, and findings that several tasks share."""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import softmax

from autograder.authoring import STRUCTURE
from autograder.authoring.inputs import public
from autograder.authoring.precision import Numbers, double, f32, single
from autograder.engine.judge import Finding, convention
from autograder.engine.scale import Kind

Parameters = Sequence[np.ndarray]  # logits, means, log sigmas, (K,) or (K, 1)
WEIGHTS = ("logits", "means", "lsigmas")
FEW = 4  # small cases of models, whose answers take long: most mistakes show on the first


def mixture(
    rng: np.random.Generator, k: int, narrow: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unequal, unnormalised weights; separate means; sigmas that differ by more than 10 times."""
    logits = rng.permutation(np.linspace(-1.5, 1.5, k)) + rng.uniform(-0.3, 0.3, k) + 2.0
    means = rng.permutation(np.linspace(-4, 4, k)) + rng.uniform(-0.4, 0.4, k)
    lsigmas = np.log(rng.permutation(np.geomspace(0.12, 1.6, k)))
    return single(logits), single(means * narrow), single(lsigmas + np.log(narrow))


def draw(rng: np.random.Generator, parameters: Parameters, n: int, tails: Numbers = ()) -> np.ndarray:
    """n points of the mixture and the given far ones, (N, 1) float32."""
    logits, means, lsigmas = (double(value).ravel() for value in parameters)
    z = rng.choice(len(logits), n, p=softmax(logits))
    x = means[z] + np.exp(lsigmas[z]) * rng.standard_normal(n)
    return single(np.concatenate([x, tails]))[:, None]


def column(parameters: Iterable[np.ndarray]) -> tuple[np.ndarray, ...]:
    return tuple(value[:, None] for value in parameters)


def flat(arguments: Iterable[Numbers]) -> list[np.ndarray]:
    """float64 (N,) and (K,) arrays from the arguments of a question about a density."""
    return [double(value).ravel() for value in arguments]


FIVE_COMPONENTS = Finding(
    "five-components",
    "Right for five components only.",
    "Take the number of components from the parameters.",
    kind=STRUCTURE,
)

SYMMETRIC_START = Finding(
    "symmetric-start",
    "All components start equal, so they stay equal for ever.",
    "Start with small random values.",
    kind=STRUCTURE,
    made_by=WEIGHTS,
)


def all_equal(weights: Iterable[np.ndarray]) -> bool:
    """Whether the components have the same logits, means and log sigmas."""
    return all(np.all(np.isfinite(w)) and np.ptp(w) <= 1e-6 * np.max(np.abs(w)) for w in weights)


def wrong_shape(value: np.ndarray, expected: Sequence[str], kind: Kind = Kind.CONVENTION) -> Finding:
    """The finding about an array whose numbers are right but whose shape is not `expected`."""
    return convention(
        "wrong-shape",
        f"Expected shape [{', '.join(expected)}], got {list(value.shape)}.",
        "Keep the axis of length 1, with `keepdims=True` or `[:, None]`." if expected[-1] == "1" else "",
        kind,
    )


# Rungs are (x, logits, means, lsigmas).
ONE_COMPONENT = (
    f32([[0]], [0], [0], [0]),
    f32([[1]], [0], [0], [0]),
    f32([[2]], [0], [0], [0]),
    f32([[0]], [0], [0], [1]),
    f32([[1]], [0], [0], [1]),
    f32([[2]], [0], [1], [-1]),
    f32([[0]], [1], [0], [0]),
)
TWO_COMPONENTS = (
    f32([[0]], [0, 0], [0, 0], [0, 0]),
    f32([[0]], [0, 0], [0, 1], [0, 0]),
    f32([[0]], [0, 1], [0, 0], [0, 0]),
    f32([[0]], [0, 1], [0, 1], [0, 0]),
    f32([[0]], [0, 0], [0, 0], [0, 1]),
    f32([[2]], [0, 0], [0, 1], [0, 0]),
    f32([[2]], [0, 1], [0, 1], [0, 1]),
    f32([[1]], [1, 2], [0, 3], [-1, 1]),
)
MORE = (
    f32([[0], [1]], [0], [0], [0]),
    f32([[0], [1]], [0, 0], [0, 1], [0, 0]),
    f32([[0], [2]], [0, 1], [0, 1], [0, 1]),
    f32([[0]], [0, 0, 0], [0, 1, 2], [0, 0, 0]),
    f32([[0], [2]], [0, 1, 2], [0, 1, 2], [0, 1, 0]),
)
FAR = (
    f32([[10]], [0], [0], [0]),
    f32([[10]], [0, 0], [0, 1], [0, 0]),
    f32([[30]], [0], [0], [0]),
    f32([[30]], [0, 0], [0, 1], [0, 0]),
    f32([[1000]], [0, 0], [0, 1], [0, 0]),
    f32([[0]], [0], [0], [-5]),
)
COLUMNS = tuple((x, *column(theta)) for x, *theta in (ONE_COMPONENT[0], *TWO_COMPONENTS[:4]))
DENSITY_RUNGS = (*ONE_COMPONENT, *TWO_COMPONENTS, *MORE, *FAR, *COLUMNS)
DENSITY = {"x": "N.", "logits": "K", "means": "K", "lsigmas": "K"}  # axes of what is asked


def density_probe() -> tuple[np.ndarray, ...]:
    rng = public()
    parameters = mixture(rng, 4)
    return draw(rng, parameters, 40), *parameters
