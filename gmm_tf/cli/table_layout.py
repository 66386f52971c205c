"""Which columns a table has, which are used, and whether the first row is a header."""

import itertools
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

from gmm_tf.cli.table_cells import GROUPED, MISSING, TableError, number
from gmm_tf.names import Unit

# Names of an unnamed index as pandas writes it: in CSV, in CSV written again, in Parquet.
INDEX = re.compile(r"|Unnamed: 0|__index_level_\d+__")
INTEGER = re.compile(r"[+-]?\d+")
# Rows that show whether a first row of numbers is like those below it; the distance from their range,
# relative to it, from which it is not; and by how much equal steps between names may differ.
ENOUGH_ROWS, APART, EVEN = 8, 0.1, 1e-9


class Options(NamedTuple):
    """How to read a table; the defaults detect what they can."""

    columns: list[str] | None = None  # names, numbers from 1, or ranges such as 2-5; all if None
    exclude: list[str] | None = None  # the same, to leave out
    drop_missing: bool = False  # leave out rows with a missing value instead of refusing them
    header: str = "auto"  # "yes", "no", or "auto"
    delimiter: str | None = None  # one character; found in the first rows if None
    decimal: str = "."
    thousands: str | None = None  # a character between groups of three digits
    comment: str | None = "#"  # lines that begin with it are skipped
    encoding: str | None = None  # UTF-8, or UTF-16 where the file says so, if None
    sheet: str | None = None  # of a workbook


class Layout(NamedTuple):
    """Where the numbers are in each row."""

    path: str
    delimiter: str
    names: list[str]  # of all columns
    chosen: tuple[int, ...]  # indices of the columns to take
    header: bool
    has_index: bool  # whether a first column without a name is left out
    first_line: int  # of data
    unit: Unit
    trailing: bool  # whether rows end in a delimiter


def find_delimiter(path: str, rows_by_delimiter: dict[str, list[list[str]]], decimal: str) -> str:
    """The delimiter that yields the most numbers in the second row; for one column, one that splits none.

    Args:
        rows_by_delimiter: for each candidate the first rows as lists of fields, at least one.

    Raises:
        TableError: a comma that may be both delimiter and decimal point.
    """
    scores, others = {}, []
    for delimiter, rows in rows_by_delimiter.items():
        groups = [GROUPED.fullmatch(delimiter.join(row).strip()) for row in rows]
        if delimiter == decimal or all(group and group[1] == delimiter for group in groups):
            continue
        first, data = rows[0], [field.strip() for field in rows[:2][-1]]
        # The first row may lack the name of an index, or the delimiter at its end.
        if len(data) >= len(first) >= max(2, len(data) - 1):
            # A decimal point other than `decimal` is reported later.
            numeric = [
                field.lower() in MISSING or number(field) is not None or number(field, ",") is not None
                for field in data
            ]
            scores[delimiter] = (all(numeric), sum(numeric))
        others.append(delimiter)
    if scores:
        return max(scores, key=lambda delimiter: scores[delimiter])
    title = decimal.join(rows_by_delimiter.get(decimal, [[""]])[0])
    if decimal in title and number(title.strip(), decimal) is None:
        raise TableError(
            f"{path}: expected another character between columns than the decimal point, got {title} "
            "in the first row; pass --delimiter."
        )
    return others[0] if others else ","


def layout(
    path: str, rows: list[tuple[int, list[str]]], delimiter: str, options: Options, unit: Unit
) -> Layout:
    """The `Layout` of a table.

    Args:
        rows: [(line, fields)] of the first rows that are not blank, at least one.

    Raises:
        TableError: an unknown column, or a first row that may be names or numbers.
    """
    line, fields = rows[0]
    fields = [field.strip() for field in fields]
    rest = [[field.strip() for field in row] for _, row in rows[1:]]
    width = len(fields)
    trailing = bool(fields[-1]) and all(len(row) == width + 1 and not row[-1] for row in rest)
    if width > 1 and rest and not fields[-1] and not any(any(row[width - 1 :]) for row in rest):
        fields, trailing = fields[:-1], True
    header = {"yes": True, "no": False}.get(options.header)
    if header is None and (header := _is_header(fields, rest, options.decimal)) is None:
        shown = ", ".join(field or "''" for field in fields[:5]) + (", ..." if len(fields) > 5 else "")
        raise TableError(
            f"{path}, line {line}: expected names or numbers, got {shown}, which may be either; "
            "pass --header yes if they name the columns, --header no if they are data."
        )
    names = [field if header and field else f"column {i}" for i, field in enumerate(fields, 1)]
    index = header and _has_index(fields) and options.columns is None
    wanted = range(index, len(names)) if options.columns is None else _indices(options.columns, names, path)
    excluded = _indices(options.exclude or [], names, path)
    index, chosen = index and 0 not in excluded, tuple(i for i in wanted if i not in excluded)
    if not chosen:
        raise TableError(f"{path}: expected at least one column, got all excluded ({', '.join(names)}).")
    first_line = line if not header else rows[1][0] if rest else sys.maxsize
    return Layout(path, delimiter, names, chosen, header, index, first_line, unit, trailing)


def _has_index(fields: list[str]) -> bool:
    return len(fields) > 1 and INDEX.fullmatch(fields[0]) is not None


def _is_header(fields: list[str], rest: list[list[str]], decimal: str) -> bool | None:
    """Whether the first row has names, rather than data; None if it may have either.

    Text without numbers is names. So are 0, 1, 2, ... (pandas' default) and years, if there is an index or if
    all numbers below have a fraction; and 0, 1, 2, 3, ... in four or more columns.
    """
    if not any(map(_is_datum, fields)):
        return not all(field.lower() in MISSING for field in fields)
    index = _has_index(fields)
    fields, below = fields[index:], [row[index:] for row in rest]
    values = [value for field in fields if (value := number(field, decimal)) is not None]
    if len(values) < len(fields):
        return False
    are_whole = all(map(str.isdecimal, fields))
    filled = [field for row in below for field in row if field.lower() not in MISSING]
    have_fraction = bool(filled) and all(
        number(field, decimal) is not None and not INTEGER.fullmatch(field) for field in filled
    )
    counted = are_whole and values == list(range(len(values)))
    years = are_whole and len(values) > 1 and 1800 <= values[0] and values[-1] <= 2200 and _increases(values)
    if counted or years:
        return True if index or have_fraction or (counted and len(values) > 3) else None
    if index:
        # A first row that lacks only its first number, or names above an index of numbers.
        return None if are_whole or all(INTEGER.fullmatch(row[0]) for row in rest if row) else False
    return None if (are_whole and have_fraction) or _may_be_names(values, below, decimal) else False


def _increases(values: list[float]) -> bool:
    return all(low < high for low, high in itertools.pairwise(values))


def _may_be_names(values: list[float], below: list[list[str]], decimal: str) -> bool:
    """Whether increasing numbers count, or lie apart from the numbers below them in every column."""
    if len(values) < 2 or len(below) < ENOUGH_ROWS or not _increases(values):
        return False
    steps = [high - low for low, high in itertools.pairwise(values)]
    if values[:2] == [1, 2] or len(values) > 3:
        if max(steps) - min(steps) <= EVEN * max(steps):
            return True
    columns = [[number(field, decimal) for field in column] for column in zip(*below, strict=False)]
    return len(columns) == len(values) and all(map(_lies_apart, values, columns))


def _lies_apart(value: float, column: list[float | None]) -> bool:
    """Whether a value is farther from all numbers of a column than a tenth of their range."""
    known = [number for number in column if number is not None]
    if not known:
        return False
    low, high = min(known), max(known)
    return max(low - value, value - high) > APART * (high - low)


def _is_datum(field: str) -> bool:
    """Whether a field is a number in some notation, including 1,5 or 1'000 or 12%."""
    if number(field) is not None or number(field, ",") is not None:
        return True
    return bool(re.search(r"\d", field)) and not any(map(str.isalpha, field))


def _indices(columns: Sequence[str], names: list[str], path: str) -> list[int]:
    """Indices of columns by name, number, or range of numbers, each once."""
    indices = []
    for column in columns:
        first, _, last = column.partition("-")
        last = last or first
        if names.count(column) == 1:
            indices.append(names.index(column))
        elif (
            column not in names
            and first.isdecimal()
            and last.isdecimal()
            and 1 <= int(first) <= int(last) <= len(names)
        ):
            indices += range(int(first) - 1, int(last))
        else:
            known = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
            why = "the name of several columns" if column in names else "which is neither"
            raise TableError(
                f"{path}: expected columns by name ({known}) or by number (1 to {len(names)}), "
                f"got {column!r}, {why}."
            )
    if len(set(indices)) < len(indices):
        raise TableError(f"{path}: expected each column once, got {', '.join(columns)}.")
    return indices
