"""Simulated data with known parameters, and measured data.

Measurements are facts, which copyright does not cover in most countries. The tables in `datasets`
come from R packages under the GPL: the docstrings name source, package and licence.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gmm_tf.shapes import Float

DATASETS = Path(__file__).resolve().parent / "datasets"


class Course(NamedTuple):
    """Parameters of a 1-D mixture in the order in which the course functions take them."""

    logits: Float[np.ndarray, "K"]  # logsumexp = 0
    means: Float[np.ndarray, "K"]
    lsigmas: Float[np.ndarray, "K"]


def _constant(values: Any) -> np.ndarray:
    array = np.asarray(values, np.float32)
    array.flags.writeable = False
    return array


COURSE = Course(
    logits=_constant(np.log([1 / 4, 1 / 4, 1 / 6, 1 / 6, 1 / 6])),
    means=_constant([1.0, -0.5, -2.0, 0.5, 3.0]),
    lsigmas=_constant(np.log([0.5, 1.0, 0.2, 0.1, 0.5])),
)


# Four superclusters with four petals each (Hu et al. 2023, arXiv 2302.06576).
TRUE_MEANS = _constant(2**0.5 * np.array([[-1, -1], [1, 1], [1, -1], [-1, 1]]))
PETALS = _constant([[np.cos(a), np.sin(a)] for a in (np.arange(4) + 0.5) * np.pi / 2])

# Between the truth and the first means of an EM run: two explanations of many observations compete
# (from the notebook that accompanies the paper).
AMBIGUOUS_MEANS = _constant(
    [
        [-2.47049352, 0.38887989],
        [1.14934963, -0.60384374],
        [-0.19642042, -1.42613101],
        [0.21112086, 1.14786994],
    ]
)


def course_data(n: int = 5000, seed: int = 0) -> Float[np.ndarray, "n 1"]:
    """n independent draws from COURSE, [n, 1], float32; the same draws for the same seed.

    Raises:
        ValueError: n < 1.
    """
    if n < 1:
        raise ValueError(f"Expected n >= 1, got {n}; ask for at least one draw.")
    rng = np.random.default_rng(seed)
    pi = np.exp(COURSE.logits.astype(np.float64))
    z = rng.choice(len(pi), size=n, p=pi / pi.sum())
    x = COURSE.means[z] + np.exp(COURSE.lsigmas)[z] * rng.standard_normal(n)
    return x[:, None].astype(np.float32)


def galaxies() -> Float[np.ndarray, "82 1"]:
    """Velocities of 82 galaxies in 1000 km/s, ascending, [82, 1], float64; a new array each time.

    From six sections of the Corona Borealis region (Roeder 1990, JASA 85, 617-624; measured by
    Postman, Huchra & Geller 1986, Astronomical Journal 92, 1238-1247). Numbers from `galaxies` in
    R's package MASS 7.3-58.2, licence GPL-2 | GPL-3. Its 78th value, 26690 km/s, is a typo according to
    its own help page; here it is corrected to 26.960, so the sums differ from those of MASS.
    """
    return _table("galaxies.csv")


def old_faithful() -> Float[np.ndarray, "272 2"]:
    """Eruptions of the Old Faithful geyser, [272, 2], float64; a new array each time.

    Columns: duration of the eruption, and waiting time to the next one, both in minutes. Numbers
    from `faithful` in R's package datasets 4.2.2, part of R, licence GPL-2 | GPL-3. R's source is
    Haerdle 1991, Smoothing Techniques. These are not the more complete data of Azzalini & Bowman 1990,
    Applied Statistics 39, 357-365, which have 299 rows.
    """
    return _table("old_faithful.csv")


def _table(name: str) -> np.ndarray:
    return np.loadtxt(DATASETS / name, delimiter=",", skiprows=1, ndmin=2)
