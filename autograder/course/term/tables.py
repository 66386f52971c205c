"""CSV files of other programs: read in any usual dialect, and changed in one column, byte by byte."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from autograder.course.directory import CourseError

LARGEST = 50 << 20
DELIMITERS = ",;\t|"


class Cell(NamedTuple):
    """One cell, and where it stands in the text of its table."""

    value: str
    start: int
    end: int


class Table(NamedTuple):
    """A CSV file: its text, how that was written, and its rows of Cells, the header first."""

    text: str
    encoding: str
    delimiter: str
    rows: tuple[list[Cell], ...]

    @property
    def header(self) -> list[str]:
        """Names of the columns, without white space around them."""
        return [cell.value.strip() for cell in self.rows[0]]

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """(number of the row, {column: text}) of each row below the header that is not empty.

        Of columns with the same name, the first counts: teachers add theirs after the platform's.
        """
        header = self.header
        for number, row in enumerate(self.rows[1:], 1):
            if any(cell.value.strip() for cell in row):
                cells = reversed(list(zip(header, row, strict=False)))
                yield number, {name: cell.value.strip() for name, cell in cells}


def read(path: Path | str) -> Table:
    """The Table at `path`.

    Raises:
        CourseError: no such file, too large, or without a header.
    """
    path = Path(path)
    if not path.is_file():
        raise CourseError(f"Expected a CSV file at {path}, found none.")
    if path.stat().st_size > LARGEST:
        raise CourseError(f"Expected a CSV file of at most {LARGEST >> 20} MB at {path}, got a larger one.")
    content = path.read_bytes()
    if content[:2] == b"PK":
        raise CourseError(f"{path} is a workbook or a zip; save it as CSV and give that file.")
    return parsed(content, path.name)


def parsed(content: bytes, name: str = "the file") -> Table:
    """The Table in the bytes of a file.

    Raises:
        CourseError: it has no header.
    """
    text, encoding = decoded(content)
    delimiter = _delimiter(text)
    rows = tuple(_rows(text, delimiter))
    if not rows:
        raise CourseError(f"Expected a CSV file with a header, but {name} is empty.")
    return Table(text, encoding, delimiter, rows)


def decoded(content: bytes) -> tuple[str, str]:
    """(text, encoding) such that the text encodes to the same bytes; a byte order mark stays in the text."""
    marks = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    for encoding in (marks.get(content[:2], "utf-8"), "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def _delimiter(text):
    """The delimiter that stands first in the header, outside of quotes."""
    header = re.sub(r'"[^"]*"', "", text).lstrip("\ufeff\r\n").partition("\n")[0]
    return next((sign for sign in header if sign in DELIMITERS), DELIMITERS[0])


def _rows(text, delimiter):
    """The rows of the text; white lines are rows with one empty cell."""
    stop = re.escape(delimiter)
    field = re.compile(rf'(?:"((?:[^"]|"")*+)"|([^{stop}\r\n]*))({stop}|\r\n|\r|\n|\Z)')
    place = int(text.startswith("\ufeff"))
    row: list[Cell] = []
    while place < len(text) or row:
        match = field.match(text, place)
        if match is None:
            raise AssertionError("a field may hold anything up to the end")
        quoted, bare, ending = match.groups()
        value = bare if quoted is None else quoted.replace('""', '"')
        row.append(Cell(value, match.start(), match.start(3)))
        place = match.end()
        if ending != delimiter:
            yield row
            row = []


def filled(table: Table, column: int, values: Mapping[int, str]) -> str:
    """The table's text with other values in cells of one column, and every other character kept.

    Args:
        column: number of the column.
        values: {number of the row: text}; each of these rows must reach the column.
    """
    parts: list[str] = []
    place = 0
    for number in sorted(values):
        cell = table.rows[number][column]
        was_quoted = table.text[cell.start : cell.end].startswith('"')
        parts += [table.text[place : cell.start], _written(values[number], table.delimiter, was_quoted)]
        place = cell.end
    return "".join([*parts, table.text[place:]])


def _written(value, delimiter, quote):
    if quote or any(sign in value for sign in f'{delimiter}"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value
