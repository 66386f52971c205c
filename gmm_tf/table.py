"""Numbers from a CSV file of any length, by way of a binary file on disk."""

import csv
import io
import math
import os
import tempfile
from typing import NamedTuple

import numpy as np

# Bytes of text at a time: few enough that a second, exact look at all of them stays cheap.
CHUNK = 1 << 20
# How files write that a value is missing, in lower case.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "."})
HEADER = ("auto", "yes", "no")
# Rows that lie next to each other on disk and are shuffled together; and how many such blocks are mixed.
BLOCK, MIXED = 1024, 256


class TableError(ValueError):
    """A file that cannot be read as a table of numbers; the message says where, and what to do."""


class Table:
    """Rows of numbers in an anonymous file on disk, which vanishes with the process.

    Attributes:
        names: of the D columns.
        rows: N.
        dropped: number of rows left out because a value was missing.
        header: whether the file's first row was names.
        mean, std, low, high: of each column, [D], float64.
    """

    def __init__(self, scratch, names, moments, dropped, header):
        self._scratch, self.names, self.dropped, self.header = scratch, names, dropped, header
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


def read(path, room, columns=None, delimiter=",", header="auto", drop_missing=False, progress=None):
    """The numbers of a CSV file as a `Table`.

    Blank lines are skipped; fields may be quoted; the encoding is UTF-8.

    Args:
        path: of the file; a pipe is read too.
        room: directory for the numbers while they are needed, 8 bytes each.
        columns: names, or numbers from 1, of the columns to take; all if None.
        delimiter: one character.
        header: "yes", "no" or "auto". A first row is taken for names if it has text and no number.
        drop_missing: leave out rows in which a value is missing (empty, NA, NaN, null, none, ? or .)
            in a column that is taken.
        progress: called with the number of bytes read after each chunk.

    Raises:
        TableError: a missing value, text or infinity where a number should be, a row with another
            number of fields, an unknown column, no row, a column that is constant: with line and
            column.
        OSError: a file that cannot be read.
    """
    scratch = tempfile.TemporaryFile(dir=room)
    try:
        with open(path, "rb") as source:
            return _read(source, os.fspath(path), scratch, columns, delimiter, header, drop_missing, progress)
    except BaseException:
        scratch.close()
        raise


def _read(source, path, scratch, columns, delimiter, header, drop_missing, progress):
    layout, moments, dropped, done = None, None, 0, 0
    for line, text, size in _chunks(source, path):
        if layout is None and not text.isspace():
            layout = _layout(path, text, line, columns, delimiter, header)
            moments = _Moments(len(layout.chosen))
            text, line = _after(text, layout.first_line - line), layout.first_line
        if text and not text.isspace():
            x = _parse_quickly(text, layout)
            if x is None:
                x, missing = _parse_exactly(text, line, layout, drop_missing)
                dropped += missing
            moments.add(x)
            scratch.write(x.tobytes())
        done += size
        if progress is not None:
            progress(done)
    if moments is None or moments.count == 0:
        skipped = f"; {dropped} with missing values were skipped" if dropped else ""
        raise TableError(f"{path}: expected rows of numbers, got none{skipped}.")
    scratch.flush()
    names = tuple(layout.names[i] for i in layout.chosen)
    moments.check(path, names)
    return Table(scratch, names, moments, dropped, layout.header)


def _chunks(source, path):
    """(number of its first line, whole lines of text, bytes) one after the other."""
    line = 1
    while piece := source.read(CHUNK) + source.readline():
        if line == 1:
            if piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece:
                raise TableError(f"{path}: expected text in UTF-8, got other bytes; export it as CSV UTF-8.")
            piece = piece.removeprefix(b"\xef\xbb\xbf")
        piece = _closed(piece, source)
        yield line, piece.decode("utf-8", "replace"), len(piece)
        line += piece.count(b"\n")


def _closed(piece, source):
    """The piece, and as many lines more as a quoted field that spans lines needs."""
    if piece.count(b'"') % 2 == 0:
        return piece
    more, size = [], 0
    # A quote within a field is a plain character and finds no partner.
    while size < CHUNK and (text := source.readline()):
        more.append(text)
        size += len(text)
        if text.count(b'"') % 2:
            break
    return b"".join([piece, *more])


class _Layout(NamedTuple):
    """Where the numbers are in each row."""

    path: str
    names: list[str]  # of all columns
    chosen: tuple[int, ...]  # indices of the columns to take
    delimiter: str
    header: bool
    first_line: int  # of data

    def error(self, line, index, message):
        return TableError(f"{self.path}, line {line}, column {index + 1} ({self.names[index]}): {message}.")


def _rows(text, delimiter, path, line):
    """(number of its first line, fields, number of the line after) of rows of text from a line on."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    start = line
    try:
        for fields in reader:
            after = line + reader.line_num
            yield start, fields, after
            start = after
    except csv.Error as error:
        raise TableError(f"{path}, line {start}: {error}; repair the quotes of this row.") from None


def _layout(path, text, line, columns, delimiter, header):
    start, fields, after = next(row for row in _rows(text, delimiter, path, line) if "".join(row[1]).strip())
    fields = [field.strip() for field in fields]
    named = header == "yes" or (header == "auto" and _are_names(fields))
    names = [name if named and name else f"column {i}" for i, name in enumerate(fields, 1)]
    first = after if named else start
    return _Layout(path, names, _choose(columns, names, path), delimiter, named, first)


def _are_names(fields):
    known = [_number(field) is not None for field in fields]
    missing = [field.lower() in MISSING for field in fields]
    return not any(known) and not all(missing)


def _after(text, lines):
    """The text without its first lines."""
    place = 0
    for _ in range(lines):
        place = text.find("\n", place) + 1
        if place == 0:
            return ""
    return text[place:]


def _choose(columns, names, path):
    if columns is None:
        return tuple(range(len(names)))
    chosen = []
    for column in columns:
        if names.count(column) == 1:
            chosen.append(names.index(column))
        elif column not in names and column.isdecimal() and 1 <= int(column) <= len(names):
            chosen.append(int(column) - 1)
        else:
            known = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
            why = "which several columns have" if column in names else "which is neither"
            raise TableError(
                f"{path}: expected columns by name ({known}) or by number (1 to {len(names)}), "
                f"got {column!r}, {why}."
            )
    if len(set(chosen)) < len(chosen):
        raise TableError(f"{path}: expected each column once, got {', '.join(columns)}.")
    return tuple(chosen)


def _parse_quickly(text, layout):
    """The numbers of a chunk of lines [N, D], or None if anything in it is unusual."""
    all_chosen = layout.chosen == tuple(range(len(layout.names)))
    if '"' in text or not (all_chosen or _even(text, layout)):
        return None
    try:
        x = np.loadtxt(
            io.StringIO(text),
            delimiter=layout.delimiter,
            usecols=None if all_chosen else layout.chosen,
            comments=None,
            ndmin=2,
        )
    except ValueError:
        return None
    return x if x.shape[1] == len(layout.chosen) and np.isfinite(x).all() else None


def _even(text, layout):
    """Whether every line has as many fields as there are names; loadtxt would not tell."""
    codes = np.frombuffer((text if text.endswith("\n") else text + "\n").encode(), np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(codes[:-1] == ord("\n")) + 1])
    fields = np.add.reduceat((codes == ord(layout.delimiter)).astype(np.int32), starts) + 1
    return bool(np.all(fields == len(layout.names)))


def _parse_exactly(text, line, layout, drop_missing):
    """(numbers of a chunk of lines [N, D], number of rows left out), or the first error in it."""
    kept, dropped = [], 0
    # Python reads 1_000 as a number; files do not write so.
    plain = "_" not in text
    for start, fields, _ in _rows(text, layout.delimiter, layout.path, line):
        if not fields or (fields == [""] and len(layout.names) > 1):
            continue
        if len(fields) != len(layout.names):
            raise TableError(
                f"{layout.path}, line {start}: expected {len(layout.names)} columns as in the first row, "
                f"got {len(fields)}; repair this row{_other_delimiter(fields[0])}."
            )
        try:
            row = [float(fields[i]) for i in layout.chosen] if plain else None
        except ValueError:
            row = None
        if row is None or not all(map(math.isfinite, row)):
            row = _row(fields, start, layout, drop_missing)
        if row is None:
            dropped += 1
        else:
            kept.append(row)
    return np.array(kept, np.float64).reshape(-1, len(layout.chosen)), dropped


def _row(fields, line, layout, drop_missing):
    """The numbers of a row, None if it is to be left out, or an error that says what is wrong."""
    row = []
    for i in layout.chosen:
        field = fields[i].strip()
        if field.lower() in MISSING:
            if not drop_missing:
                remedy = "fill it in, or skip such rows by --drop-missing"
                raise layout.error(line, i, f"the value is missing ({field!r}); {remedy}")
            row.append(None)
            continue
        value = _number(field)
        if value is None:
            remedy = _remedy(field, line, layout)
            raise layout.error(line, i, f"expected a number, got {field[:60]!r}; {remedy}")
        if math.isinf(value):
            raise layout.error(line, i, f"expected a finite number, got {field[:60]!r}; repair it")
        row.append(value)
    return None if None in row else row


def _number(field):
    """The number that a field says, infinite or not, or None."""
    try:
        value = float(field)
    except ValueError:
        return None
    return None if "_" in field or math.isnan(value) else value


def _remedy(field, line, layout):
    if _number(field.replace(",", ".")) is not None:
        return "write decimals with a point"
    if other := _other_delimiter(field):
        return other.removeprefix(", or ")
    if line == 1 and not layout.header:
        return "if line 1 has the names of the columns, pass --header yes; else choose --columns"
    return "repair it, or choose the columns of numbers by --columns"


def _other_delimiter(field):
    for delimiter, name in ((";", "';'"), ("\t", "tab"), ("|", "'|'"), (",", "','"), (" ", "' '")):
        parts = field.split(delimiter)
        if len(parts) > 1 and all(_number(part) is not None for part in parts):
            return f", or pass --delimiter {name}"
    return ""


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
                    "leave it out by --columns."
                )
            if not 0 < square < math.inf:
                raise TableError(
                    f"{path}: expected numbers whose squares can be added in {name}, "
                    f"got {low:g} to {high:g}; change its unit."
                )
