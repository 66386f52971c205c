"""Which columns a table has, which of them are taken, and whether its first row has their names."""

import re
from typing import NamedTuple

# How files write that a value is missing, in lower case.
EXCEL_ERRORS = frozenset({"#n/a", "#na", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"})
MISSING = EXCEL_ERRORS | {"", "na", "n/a", "<na>", "nan", "nat", "null", "none", "?", ".", "-", "--"}
HEADER = ("auto", "yes", "no")
DELIMITERS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'", " ": "' '"}
# How pandas writes an index that has no name: in CSV, in CSV written again, in Parquet.
INDEX = re.compile(r"|Unnamed: 0|__index_level_\d+__")
# Rows in which to look for a delimiter, a header and columns without values.
FIRST_ROWS = 1000
INTEGER = re.compile(r"[+-]?\d+")
# A number whose digits are grouped by threes, by the character of group 1.
GROUPED = re.compile(r"[+-]?\d{1,3}([\s.,'’_])\d{3}(?:\1\d{3})*(?:[.,]\d*)?")


class TableError(ValueError):
    """A file that cannot be read as a table of numbers; the message says where, and what to do."""


class Options(NamedTuple):
    """How to read a table; the defaults find out what they can."""

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
    names: list[str]  # of all columns
    chosen: tuple[int, ...]  # indices of the columns to take
    empty: tuple[int, ...]  # indices of columns that a delimiter at the end of each line makes
    index: int | None  # a first column without a name, which is left out
    header: bool
    first_line: int  # of data
    line_word: str = "line"  # or "row", where the file has no lines

    def error(self, line, index, message):
        """A TableError about one cell."""
        place = f"{self.path}, {self.line_word} {line}, column {index + 1} ({self.names[index]})"
        return TableError(f"{place}: {message}.")


def number(field, decimal="."):
    """The number that a field says, infinite or not, or None."""
    if decimal != "." and "." in field:
        return None
    try:
        value = float(field.replace(decimal, "."))
    except ValueError:
        return None
    return None if "_" in field or value != value else value


def find_delimiter(path, rows_by_delimiter, decimal):
    """The delimiter that makes most numbers of the first rows.

    Args:
        rows_by_delimiter: for each candidate the first rows as lists of fields.

    Returns:
        A candidate that divides the first two rows into about the same number of fields, more than
        one; if none does, the first that does not divide numbers.

    Raises:
        TableError: a comma that may be both delimiter and decimal point.
    """
    scores = {}
    plausible = {each: rows for each, rows in rows_by_delimiter.items() if not _groups_digits(each, rows)}
    for delimiter, rows in plausible.items():
        first, data = ([field.strip() for field in row] for row in (rows[:1] + rows[:2][-1:] or [[], []]))
        # The first row may lack the name of an index, or the delimiter at its end.
        if not len(data) >= len(first) >= max(2, len(data) - 1):
            continue
        if delimiter != decimal:
            # A decimal comma is recognised here so that the error about it comes later, with its place.
            numeric = [_looks_numeric(field, decimal) for field in data]
            scores[delimiter] = (all(numeric), sum(numeric))
        elif not any(_looks_numeric(field, decimal) for field in first):
            scores[delimiter] = (False, 0)
    found = max(scores, key=scores.get, default=next((each for each in plausible if each != decimal), ","))
    if found == decimal in scores:
        raise TableError(
            f"{path}: expected columns divided by another character than the decimal point, got "
            f"{decimal.join(rows_by_delimiter[decimal][0])} in the first row; pass --delimiter."
        )
    return found


def _groups_digits(delimiter, rows):
    """Whether what the delimiter divides may be the digits of one number in each row, such as 1,000."""
    numbers = [GROUPED.fullmatch(delimiter.join(row).strip()) for row in rows]
    return all(each and each[1] == delimiter for each in numbers)


def _looks_numeric(field, decimal):
    return field.lower() in MISSING or number(field, decimal) is not None or number(field, ",") is not None


def layout(path, rows, options, line_word="line"):
    """The layout of a table, given its first rows.

    Args:
        rows: [(line, fields, line after)] of the first rows that are not blank, at least one.
        line_word: what a message calls a line; rows of a file without lines have names of their own.

    Raises:
        TableError: an unknown column, or a first row that may be names or numbers.
    """
    line, fields, after = rows[0]
    rest = [each for _, each, _ in rows[1:]]
    fields = [field.strip() for field in fields]
    header = (
        line_word == "row"
        or options.header == "yes"
        or (options.header == "auto" and _is_header(path, line, fields, rest, options.decimal))
    )
    if header and rest and len(rest[0]) == len(fields) + 1 and not any(row[-1].strip() for row in rest):
        fields.append("")
    width = len(fields)
    ends = [fields[-1], *(row[-1].strip() for row in rest if len(row) == width)]
    empty = (width - 1,) if width > 1 and rest and not any(ends) else ()
    index = 0 if header and width - len(empty) > 1 and INDEX.fullmatch(fields[0]) else None
    names = [field if header and field else f"column {i}" for i, field in enumerate(fields, 1)]
    taken = [i for i in range(width) if i not in empty and not (i == index and options.columns is None)]
    chosen = _choose(options.columns, names, path) if options.columns is not None else taken
    dropped = set(_choose(options.exclude, names, path)) if options.exclude is not None else ()
    chosen = tuple(i for i in chosen if i not in dropped)
    if not chosen:
        raise TableError(f"{path}: expected columns to be left, got {', '.join(names)} all excluded.")
    index = None if index in chosen or index in dropped else index
    # Without further rows the end of the header is a bound.
    first_line = (rows[1][0] if rest else after) if header else line
    return Layout(path, names, chosen, empty, index, header, first_line, line_word)


def _is_header(path, line, fields, rest, decimal):
    """Whether the first row has names: text and no number, or numbers such as names are."""
    if not any(map(_is_datum, fields)):
        return not all(field.lower() in MISSING for field in fields)
    without_index = 1 if INDEX.fullmatch(fields[0]) and len(fields) > 1 else 0
    below = [field.strip() for row in rest for field in row[without_index:]]
    verdict = _are_numbers_for_names(fields[without_index:], below, decimal)
    if verdict is None and not without_index:
        shown = ", ".join(fields[:5]) + (", ..." if len(fields) > 5 else "")
        raise TableError(
            f"{path}, line {line}: expected names or numbers, got {shown}, which may be either; "
            "pass --header yes if they name the columns, --header no if they are data."
        )
    return verdict is not False


def _is_datum(field):
    """Whether a field is a number, or one that is written in another way: 1,5 or 1'000 or 12%."""
    if number(field) is not None or number(field, ",") is not None:
        return True
    return bool(re.search(r"\d", field)) and not any(map(str.isalpha, field))


def _are_numbers_for_names(fields, below, decimal):
    """True or False for a first row of numbers, None where both are plausible.

    Names are 0, 1, 2, ... (pandas' default) or years. That the numbers below them have a fraction,
    each of them, or that there are many columns, decides.
    """
    if not all(map(str.isdecimal, fields)):
        return False
    values = list(map(int, fields))
    counted = values == list(range(len(values)))
    years = len(values) > 1 and 1800 <= values[0] and values[-1] <= 2200 and values == sorted(set(values))
    if not (counted or years):
        return False
    known = [field for field in below if field.lower() not in MISSING]
    if known and all(number(each, decimal) is not None and not INTEGER.fullmatch(each) for each in known):
        return True
    return True if counted and len(values) > 3 else None


def _choose(columns, names, path):
    chosen = [index for column in columns for index in _indices(column, names, path)]
    if len(set(chosen)) < len(chosen):
        raise TableError(f"{path}: expected each column once, got {', '.join(columns)}.")
    return tuple(chosen)


def _indices(column, names, path):
    """Indices of a column by its name, its number, or of a range of numbers."""
    if names.count(column) == 1:
        return [names.index(column)]
    first, _, last = column.partition("-")
    last = last or first
    if column not in names and first.isdecimal() and last.isdecimal():
        if 1 <= int(first) <= int(last) <= len(names):
            return list(range(int(first) - 1, int(last)))
    known = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    why = "which several columns have" if column in names else "which is neither"
    raise TableError(
        f"{path}: expected columns by name ({known}) or by number (1 to {len(names)}), "
        f"got {column!r}, {why}."
    )
