"""Predictions of a mixture for the rows of a table, as CSV."""

from typing import IO, NamedTuple

import numpy as np
import polars as pl

from gmm_tf.blocks import WORKING_SET
from gmm_tf.cli.table_text import Numbers
from gmm_tf.models import MixtureModel
from gmm_tf.shapes import Float


class Summary(NamedTuple):
    """Of all rows together."""

    rows: int
    predicted: int  # rows without a missing value
    mean_log_density: float  # of these
    counts: np.ndarray  # [K], rows of which component k is the most probable


def write(numbers: Numbers, model: MixtureModel, file: IO[bytes]) -> Summary:
    """Write a line for each row: its number, component, log-density and probabilities.

    Args:
        numbers: `table_text.Numbers` of the rows, read once from end to end.
        model: a mixture in as many dimensions as there are columns.
        file: binary, open for writing.

    Returns:
        Summary.

    Raises:
        TableError: as `table.read`; no row.
    """
    rows = predicted = 0
    total, counts, header = 0.0, np.zeros(model.k, int), True
    for x in numbers:
        kept = ~np.isnan(x).any(axis=1)
        x = x[kept]
        log_density, probabilities = _evaluate(x, model)
        component = probabilities.argmax(axis=1)
        frame = _frame(component, log_density, probabilities, kept, rows)
        frame.write_csv(file, include_header=header)
        header = False
        rows, predicted = rows + len(kept), predicted + len(x)
        total += log_density.sum()
        counts += np.bincount(component, minlength=model.k)
    if predicted == 0:
        raise numbers.no_rows(rows)
    return Summary(rows, predicted, total / predicted, counts)


def _frame(
    component: np.ndarray, log_density: np.ndarray, probabilities: np.ndarray, kept: np.ndarray, before: int
) -> pl.DataFrame:
    """A line for each of n rows; those that were not kept have empty fields.

    Args:
        component, log_density, probabilities: [m], [m], [m, K], of the m rows that were kept.
        kept: [n].
        before: number of rows before these.
    """
    place = pl.Series(np.where(kept, np.cumsum(kept) - 1, 0))
    columns = {"component": component, "log_density": log_density}
    columns |= {f"probability_{k}": column for k, column in enumerate(probabilities.T)}
    row = {"row": before + 1 + np.arange(len(kept))}
    if len(component) == 0:
        return pl.DataFrame(row).with_columns(pl.lit(None).alias(name) for name in columns)
    full = pl.DataFrame(columns)[place]
    return pl.DataFrame(row).hstack(full.select(pl.when(pl.Series(kept)).then(pl.all())))


def _evaluate(x: np.ndarray, model: MixtureModel) -> tuple[Float[np.ndarray, "N"], Float[np.ndarray, "N K"]]:
    """(log p(x_n) [N], p(z_n = k | x_n) [N, K]), in batches that fit in memory."""
    size = max(256, WORKING_SET // (model.k * model.dim))
    batches = [x[start : start + size] for start in range(0, len(x), size)]
    log_density = [np.reshape(model.log_prob(batch), -1) for batch in batches]
    probabilities = [model.posterior(batch).numpy() for batch in batches]
    if not batches:
        return np.empty(0), np.empty((0, model.k))
    return np.concatenate(log_density), np.concatenate(probabilities)
