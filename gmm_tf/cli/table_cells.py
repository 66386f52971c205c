"""Numbers from the fields of a row, and errors with advice for rows without them."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gmm_tf.cli.table_layout import Layout, Options

# How files mark missing values, in lower case.
EXCEL_ERRORS = frozenset({"#n/a", "#na", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"})
MISSING = EXCEL_ERRORS | {"", "na", "n/a", "<na>", "nan", "nat", "null", "none", "?", ".", "-", "--"}
DELIMITERS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'", " ": "' '"}
# A number whose digits are grouped by threes, by the character of group 1.
GROUPED = re.compile(r"[+-]?\d{1,3}([\s.,'’_])\d{3}(?:\1\d{3})*(?:[.,]\d*)?")
SHOWN = 60  # characters of a field in a message


class TableError(ValueError):
    """A file that cannot be read as a table of numbers; the message says where, and what to do."""


def number(field: str, decimal: str = ".", thousands: str | None = None) -> float | None:
    """The number in a field, infinite or not, or None."""
    if thousands:
        # There are several kinds of spaces.
        group, point = (r"\s" if thousands == " " else re.escape(thousands)), re.escape(decimal)
        if re.fullmatch(rf"[+-]?\d{{1,3}}({group}\d{{3}})+({point}\d*)?", field):
            field = re.sub(group, "", field)
    if "_" in field or (decimal != "." and "." in field):
        return None
    try:
        value = float(field.replace(decimal, "."))
    except ValueError:
        return None
    return None if math.isnan(value) else value


def numbers(fields: Sequence[str], line: int, layout: "Layout", options: "Options") -> list[float]:
    """The numbers in the chosen fields of a row, NaN for a missing value if `options.drop_missing`.

    Raises:
        TableError: another number of fields than columns, a missing value, text, or infinity.
    """
    width, values = len(layout.names), []
    if layout.trailing and not fields[-1].strip():
        fields = fields[:-1]
    if len(fields) != width:
        advice = other_delimiter(fields[0])
        if not advice and layout.delimiter == "," and len(fields) == 2 * width and _are_numbers(fields):
            advice = "; if a comma is the decimal point, write ';' between columns and pass --decimal ,"
        elif not advice and line == layout.first_line:
            advice = "; put # before lines above the table, and give an index column a name"
        raise TableError(
            f"{layout.path}, line {line}: expected {width} columns as in the first row, got {len(fields)}; "
            f"repair this row{advice}."
        )
    for index in layout.chosen:
        field = fields[index].strip()
        value = number(field, options.decimal, options.thousands)
        if value is None and options.drop_missing and field.lower() in MISSING:
            value = math.nan
        elif value is None or math.isinf(value):
            place = f"{layout.path}, {layout.unit} {line}, column {index + 1} ({layout.names[index]})"
            raise TableError(f"{place}: {_complaint(field, value, line, layout, options)}.")
        values.append(value)
    return values


def _are_numbers(fields: Sequence[str]) -> bool:
    return all(number(field) is not None for field in fields)


def _complaint(field: str, value: float | None, line: int, layout: "Layout", options: "Options") -> str:
    """What is wrong with a field, and the remedy."""
    shown = repr(field[:SHOWN])
    if field.lower() in MISSING:
        names = (
            ""
            if layout.header or line != layout.first_line
            else f", pass --header yes if line {line} names the columns"
        )
        return f"the value is missing ({shown}); fill it in{names}, or skip such rows with --drop-missing"
    if value is not None:
        return f"expected a finite number, got {shown}; repair it"
    return f"expected a number, got {shown}; {_remedy(field, line, layout, options.decimal)}"


def _remedy(field: str, line: int, layout: "Layout", decimal: str) -> str:
    other, delimiter = "," if decimal == "." else ".", other_delimiter(field)
    if group := GROUPED.fullmatch(field):
        character = " " if group[1].isspace() else group[1]
        remedy = f"if {character!r} is between groups of digits, pass --thousands {character!r}"
        point = f"; if it is the decimal point, pass --decimal {other!r}" if character == other else ""
        return remedy + point + (delimiter if len(layout.names) == 1 else "")
    if number(field, other) is not None:
        return f"pass --decimal {other!r}, or write decimals with {decimal!r}"
    if field.endswith("%"):
        return "remove the percent signs from this column"
    if field.lower() in ("true", "false"):
        return "write 1 and 0, or leave the column out with --exclude"
    if delimiter:
        return delimiter.removeprefix(", or ")
    if line == 1 and not layout.header:
        return "if line 1 has the names of the columns, pass --header yes; otherwise choose --columns"
    if line == layout.first_line and not re.search(r"\d", field):
        return (
            "if this row has units, remove it or put # before it; "
            "otherwise leave the column out with --exclude"
        )
    return "repair it, or leave the column out with --exclude"


def other_delimiter(field: str) -> str:
    """Advice on the delimiter that would divide a field into numbers, "" if none does."""
    for delimiter, name in DELIMITERS.items():
        parts = field.split(delimiter)
        if len(parts) > 1 and _are_numbers(parts):
            return f", or pass --delimiter {name}"
    return ""
