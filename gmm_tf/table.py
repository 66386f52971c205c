"""Numbers from a file of any length, by way of a binary file on disk."""

import math
import os
import tempfile
from contextlib import contextmanager

import numpy as np

from gmm_tf.table_layout import DELIMITERS, Options, TableError, layout

# Bytes of numbers to look at together.
CHUNK = 1 << 20
# Rows that lie next to each other on disk and are shuffled together; and how many such blocks are mixed.
BLOCK, MIXED = 1024, 256


class Table:
    """Rows of numbers in an anonymous file on disk, which vanishes with the process.

    Attributes:
        names: of the D columns.
        rows: N.
        dropped: number of rows left out because a value was missing.
        notes: what was found out about the file, for people.
        mean, std, low, high: of each column, [D], float64.
    """

    def __init__(self, scratch, names, moments, dropped, notes):
        self._scratch, self.names, self.dropped, self.notes = scratch, names, dropped, notes
        self.rows, self.mean, self.low, self.high = moments.count, moments.mean, moments.low, moments.high
        self.std = np.sqrt(moments.square / moments.count)

    def close(self):
        self._scratch.close()

    def rows_from(self, start, stop):
        """Rows start to stop - 1 as an array of their own, [stop - start, D], float64."""
        dim = len(self.names)
        shape, offset = (min(stop, self.rows) - start, dim), 8 * dim * start
        # A map of no more than these rows: one of all of them would count as memory in use.
        return np.array(np.memmap(self._scratch, np.float64, "r", offset, shape))

    def chunks(self, rows):
        """All rows in order, in arrays [rows, D]; the last may be shorter."""
        for start in range(0, self.rows, rows):
            yield self.rows_from(start, start + rows)

    def minibatches(self, rows, rng):
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

    def sample(self, rows, rng):
        """Random rows without repetition, in the order of the file; all if there are no more."""
        if self.rows <= rows:
            return self.rows_from(0, self.rows)
        chosen = np.sort(rng.choice(self.rows, rows, replace=False))
        size = CHUNK // (8 * len(self.names)) + 1
        edges = np.searchsorted(chosen, np.arange(0, self.rows + size, size))
        found = [
            self.rows_from(index * size, (index + 1) * size)[chosen[left:right] - index * size]
            for index, (left, right) in enumerate(zip(edges[:-1], edges[1:], strict=True))
            if left < right
        ]
        return np.concatenate(found)


def read(path, room, options=None, progress=None):
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
    options = options or Options()
    scratch = tempfile.TemporaryFile(dir=room)
    try:
        with numbers(path, options, progress) as source:
            moments, dropped = _Moments(len(source.names)), 0
            for x, kept in source:
                moments.add(x)
                dropped += len(kept) - len(x)
                scratch.write(x.tobytes())
            if moments.count == 0:
                raise source.no_rows(dropped)
            moments.check(source.path, source.names)
            scratch.flush()
            return Table(scratch, source.names, moments, dropped, source.notes())
    except BaseException:
        scratch.close()
        raise


@contextmanager
def numbers(path, options, progress=None):
    """A `Numbers` of a file, which is open meanwhile; arguments and exceptions as for `read`."""
    # It takes longer to import than help takes to print.
    from gmm_tf import table_files

    path = os.fspath(path)
    with table_files.opened(path, options) as (table, raw):
        rows = table.first_rows(options)
        if not rows:
            raise TableError(f"{path}: expected rows of numbers, got none.")
        yield Numbers(table, raw, layout(path, rows, options, table.line_word), options, progress)


class Numbers:
    """Iterator over (numbers [m, D], whether each of n >= m rows is among them [n]) of an open file.

    Attributes:
        path: of the file.
        names: of the D columns.
    """

    def __init__(self, table, raw, layout, options, progress):
        self.path, self.names = layout.path, tuple(layout.names[i] for i in layout.chosen)
        self._table, self._raw, self._layout = table, raw, layout
        self._options, self._progress = options, progress

    def __iter__(self):
        from gmm_tf.table_cells import to_numbers

        for frame, lines in self._table.frames(self._layout):
            yield to_numbers(frame, lines, self._layout, self._options)
            if self._progress is not None:
                self._progress(self._raw.tell())

    def no_rows(self, dropped):
        """The TableError of a file without rows, but for the dropped ones."""
        skipped = f"; {dropped} with missing values were skipped" if dropped else ""
        return TableError(f"{self.path}: expected rows of numbers, got none{skipped}.")

    def notes(self):
        """What was found out about the file, once all of it is read: [text]."""
        found = ["a header" if self._layout.header else "no header"]
        if self._options.delimiter is None and self._table.delimiter not in (None, ","):
            found.append(f"delimiter {DELIMITERS[self._table.delimiter]}")
        if self._table.comments:
            found.append(f"{self._table.comments} comment lines skipped")
        if self._layout.index is not None:
            found.append("column 1 left out: it has no name, as an index (--columns takes it)")
        return found


class _Moments:
    """Number, mean and sum of squares about the mean of rows that come in chunks."""

    def __init__(self, dim):
        self.count, self.mean, self.square = 0, np.zeros(dim), np.zeros(dim)
        self.low, self.high = np.full(dim, np.inf), np.full(dim, -np.inf)

    def add(self, x):
        """Chan, Golub & LeVeque 1983, eq. 2.1."""
        if len(x) == 0:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            mean, total = x.mean(axis=0), self.count + len(x)
            apart = mean - self.mean
            self.square += ((x - mean) ** 2).sum(axis=0) + apart**2 * (self.count * len(x) / total)
            self.mean += apart * (len(x) / total)
        self.count = total
        self.low, self.high = np.minimum(self.low, x.min(axis=0)), np.maximum(self.high, x.max(axis=0))

    def check(self, path, names):
        for name, low, high, square in zip(names, self.low, self.high, self.square, strict=True):
            if low == high:
                raise TableError(
                    f"{path}: expected numbers that differ in {name}, got {low:g} in all {self.count} rows; "
                    "leave it out by --exclude."
                )
            if not 0 < square < math.inf:
                raise TableError(
                    f"{path}: expected numbers whose squares can be added in {name}, "
                    f"got {low:g} to {high:g}; change its unit."
                )
