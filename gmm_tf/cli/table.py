"""A table of any length: its numbers, in a binary file on disk."""

import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gmm_tf.cli.table_cells import TableError
from gmm_tf.cli.table_layout import Options
from gmm_tf.shapes import Float

# Bytes of numbers to process at a time.
CHUNK = 1 << 20
# Rows in a contiguous block, and the number of blocks that are shuffled together.
BLOCK, MIXED = 1024, 256


class Table:
    """Rows of numbers in an anonymous file on disk, which disappears with the process.

    Attributes:
        names: of the D columns.
        rows: N.
        dropped: number of rows left out because a value was missing.
        notes: what was detected in the file, as text for the user.
        mean, std, low, high: of each column, [D], float64.
    """

    def __init__(
        self, scratch: Any, names: tuple[str, ...], rows: int, dropped: int, notes: list[str]
    ) -> None:
        self._scratch, self.names, self.rows, self.dropped, self.notes = scratch, names, rows, dropped, notes
        with np.errstate(over="ignore", invalid="ignore"):
            self.mean = sum(x.sum(axis=0) for x in self.chunks()) / rows
            self.std = np.sqrt(sum(((x - self.mean) ** 2).sum(axis=0) for x in self.chunks()) / rows)
        self.low = np.min([x.min(axis=0) for x in self.chunks()], axis=0)
        self.high = np.max([x.max(axis=0) for x in self.chunks()], axis=0)

    def close(self) -> None:
        self._scratch.close()

    def rows_from(self, start: int, stop: int) -> Float[np.ndarray, "M D"]:
        """Rows start to stop - 1 as a new array, [stop - start, D], float64."""
        x = np.empty((min(stop, self.rows) - start, len(self.names)))
        self._scratch.seek(8 * len(self.names) * start)
        self._scratch.readinto(x)
        return x

    def chunks(self, rows: int | None = None) -> Iterator[Float[np.ndarray, "M D"]]:
        """All rows in order, in arrays [rows, D]; the last may be shorter."""
        rows = rows or CHUNK // (8 * len(self.names)) + 1
        for start in range(0, self.rows, rows):
            yield self.rows_from(start, start + rows)

    def minibatches(self, rows: int, rng: np.random.Generator) -> Iterator[Float[np.ndarray, "M D"]]:
        """Random rows in arrays [rows, D], each row at most once; leftovers are left out.

        Blocks are drawn from all over the file, since a file is often sorted.
        """
        order = rng.permutation(-(-self.rows // BLOCK))
        for first in range(0, len(order), MIXED):
            starts = BLOCK * order[first : first + MIXED]
            x = np.concatenate([self.rows_from(start, start + BLOCK) for start in starts])
            x = x[rng.permutation(len(x))]
            for start in range(0, max(1, len(x) - rows + 1), rows):
                yield x[start : start + rows]

    def sample(self, rows: int, rng: np.random.Generator) -> Float[np.ndarray, "M D"]:
        """Random rows without repetition, in the order of the file; all if there are no more."""
        if self.rows <= rows:
            return self.rows_from(0, self.rows)
        chosen = np.sort(rng.choice(self.rows, rows, replace=False))
        return np.concatenate([self.rows_from(row, row + 1) for row in chosen])


def read(
    path: str | os.PathLike[str],
    room: str | os.PathLike[str],
    options: Options | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Table:
    """The numbers of a file as a `Table`.

    Args:
        path: of text, a workbook or Parquet, compressed or not; "-" for standard input.
        room: directory for the numbers while they are needed, 8 bytes each.
        options: `Options`.
        progress: called with the number of bytes read after each chunk.

    Raises:
        TableError: a missing value, text or infinity where a number should be, a row with another
            number of fields, an unknown column, no row, a column that is constant: with line and
            column.
        OSError: a file that cannot be read.
    """
    # Importing it would slow down --help.
    from gmm_tf.cli.table_files import numbers

    scratch, rows, dropped = tempfile.TemporaryFile(dir=room), 0, 0
    try:
        with numbers(path, options or Options(), progress) as source:
            for x in source:
                kept = x[~np.isnan(x).any(axis=1)]
                scratch.write(kept.tobytes())
                rows, dropped = rows + len(kept), dropped + len(x) - len(kept)
            if rows == 0:
                raise source.no_rows(dropped)
            table = Table(scratch, source.names, rows, dropped, source.notes())
        _check(table, source.path)
        return table
    except BaseException:
        scratch.close()
        raise


def _check(table: Table, path: str) -> None:
    """Raises TableError for a column that cannot be modelled, such as a constant one."""
    for name, least, most, std in zip(table.names, table.low, table.high, table.std, strict=True):
        if least == most:
            raise TableError(
                f"{path}: expected numbers that differ in {name}, got {least:g} in all {table.rows} rows; "
                "leave it out with --exclude."
            )
        if not 0 < std < np.inf:
            raise TableError(
                f"{path}: expected numbers in {name} whose squares do not overflow, "
                f"got {least:g} to {most:g}; change its unit."
            )
