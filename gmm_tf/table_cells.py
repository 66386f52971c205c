"""Numbers from the cells of a table, and what is wrong with a cell that has none."""

import re

import numpy as np
import polars as pl

from gmm_tf.table_layout import DELIMITERS, GROUPED, MISSING, TableError, number

SHOWN = 60  # characters of a cell in a message


def text_schema(layout):
    """The schema of a polars DataFrame with a column of text for each name."""
    return dict.fromkeys(map(str, range(len(layout.names))), pl.String)


def to_numbers(frame, lines, layout, options):
    """The numbers of the chosen columns.

    Args:
        frame: polars DataFrame of text or numbers, one column for each of `layout.names`.
        lines: [n], line of each row in the file.

    Returns:
        (numbers [m, D] float64, whether each of the n rows is among the m): rows with a missing
        value are left out if `options.drop_missing`.

    Raises:
        TableError: the first cell, row by row, that is missing, no number, or infinite.
    """
    x = np.empty((frame.height, len(layout.chosen)), order="F")
    absent = np.zeros(frame.height, bool)
    first_wrong = []
    for position, index in enumerate(layout.chosen):
        x[:, position], missing = _column(frame.to_series(index), options)
        wrong = ~np.isfinite(x[:, position])
        absent |= missing
        if options.drop_missing:
            wrong &= ~missing
        if wrong.any():
            first_wrong.append((int(wrong.argmax()), index))
    for index in layout.empty:
        full = frame.to_series(index).fill_null("").str.strip_chars() != ""
        if full.any():
            first_wrong.append((full.arg_max(), index))
    if first_wrong:
        row, index = min(first_wrong)
        complaint = _complaint(frame[row, index], lines[row], index, layout, options)
        raise layout.error(lines[row], index, complaint)
    return x[~absent], ~absent


def _column(series, options):
    """(numbers [n], NaN where there is none; whether each is missing [n])."""
    if series.dtype.is_numeric():
        values = series.cast(pl.Float64)
        return values.to_numpy(), (values.is_null() | values.is_nan()).fill_null(True).to_numpy()
    text = series.cast(pl.String).str.strip_chars()
    values = _plain(text, options).cast(pl.Float64, strict=False).to_numpy()
    missing = np.zeros(len(text), bool)
    if np.isnan(values).any():
        missing = text.fill_null("").str.to_lowercase().is_in(list(MISSING)).to_numpy()
    return values, missing


def _plain(text, options):
    """Numbers that are written as the options say, as programs write them; null for others."""
    if options.thousands:
        # Of spaces there are several kinds.
        group = r"\s" if options.thousands == " " else re.escape(options.thousands)
        point = re.escape(options.decimal)
        grouped = text.str.contains(rf"^[+-]?\d{{1,3}}({group}\d{{3}})+({point}\d*)?$")
        joined = text.str.replace_all(group, "")
        text = joined.zip_with(grouped.fill_null(False), text)
    if options.decimal == ".":
        return text
    with_point = text.str.contains(".", literal=True).fill_null(True)
    return text.set(with_point, None).str.replace(options.decimal, ".", literal=True)


def _complaint(value, line, index, layout, options):
    """What is wrong with a cell, and what to do about it."""
    field = "" if value is None else str(value).strip()
    shown = repr(field[:SHOWN])
    if index in layout.empty:
        return f"expected nothing after the last delimiter, got {shown}; repair this row, or name the column"
    if field.lower() in MISSING:
        return f"the value is missing ({shown}); fill it in, or skip such rows by --drop-missing"
    if number(field, options.decimal) is not None:
        return f"expected a finite number, got {shown}; repair it"
    return f"expected a number, got {shown}; {_remedy(field, line, layout, options)}"


def _remedy(field, line, layout, options):
    other = "," if options.decimal == "." else "."
    if group := GROUPED.fullmatch(field):
        character = " " if group[1].isspace() else group[1]
        remedy = f"if {character!r} is between groups of digits, pass --thousands {character!r}"
        decimal = f"; if it is the decimal point, pass --decimal {other!r}" if character == other else ""
        return remedy + decimal + (other_delimiter(field) if len(layout.names) == 1 else "")
    if number(field, other) is not None:
        return f"pass --decimal {other!r}, or write decimals with {options.decimal!r}"
    if field.endswith("%"):
        return "remove the percent signs from this column"
    if field.lower() in ("true", "false"):
        return "write 1 and 0, or leave the column out by --exclude"
    if delimiter := other_delimiter(field):
        return delimiter.removeprefix(", or ")
    if line == 1 and not layout.header:
        return "if line 1 has the names of the columns, pass --header yes; else choose --columns"
    if line == layout.first_line and not re.search(r"\d", field):
        return "if this row has units, remove it or begin it with #; else leave the column out by --exclude"
    return "repair it, or leave the column out by --exclude"


def other_delimiter(field):
    """Advice on the delimiter that would divide a field into numbers, "" if none does."""
    for delimiter, name in DELIMITERS.items():
        parts = field.split(delimiter)
        if len(parts) > 1 and all(number(part) is not None for part in parts):
            return f", or pass --delimiter {name}"
    return ""


def refuse_types(layout, dtypes):
    """Raise TableError for a chosen column of a type that is neither text nor numbers."""
    for index in layout.chosen:
        kind = dtypes[index]
        if not (kind.is_numeric() or kind in (pl.String, pl.Categorical, pl.Enum, pl.Null)):
            place = f"{layout.path}, column {index + 1} ({layout.names[index]})"
            remedy = "leave it out by --exclude"
            raise TableError(f"{place}: expected numbers, got values of type {kind}; {remedy}.")
