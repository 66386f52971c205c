# unlucky: Walrus, match, generators, positional-only arguments and exception groups are in the answers.
# expect: full
# %% before mean_field_step
from typing import Iterator, NamedTuple, Self


class Factors(NamedTuple):
    """q(i) and q(j)."""

    q_i: np.ndarray
    q_j: np.ndarray

    def swapped(self) -> Self:
        return Factors(*reversed(self))


def sweeps(x, means, q_j, /, *, order: str = "ij") -> Iterator[np.ndarray]:
    for axis in order:
        match axis:
            case "i":
                far = ((x - q_j @ OFFSETS)[:, None] - means) ** 2
            case "j":
                far = ((x - q_i @ means)[:, None] - OFFSETS) ** 2
            case _:
                raise ExceptionGroup("axes", [ValueError(axis)])
        yield (q := tf.nn.softmax(far.sum(-1) / (-2 * STD**2)).numpy())
        if axis == "i":
            q_i = q
# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    return Factors(*sweeps(np.asarray(x), np.asarray(means), np.asarray(q_j)))
# %% cell exact_m_step
exact_m_step = lambda x, q: (
    np.einsum("ncp,npd->cd", (q := np.asarray(q)), np.asarray(x)[:, None] - OFFSETS)
    / np.maximum(np.einsum("ncp->c", q), 1e-6)[:, None]
)
