"""Numbers from lines of text: by polars, and by Python's own parser for rows that are not plain numbers."""

import csv
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import polars as pl

from gmm_tf.cli.table_cells import DELIMITERS, EXCEL_ERRORS, TableError, numbers
from gmm_tf.cli.table_layout import Options, Unit, find_delimiter, layout

# Fields per read, and rows in which to detect a delimiter, a header and an index.
FIELDS, FIRST_ROWS = 1 << 18, 256


class QuoteError(TableError):
    """Quotes that do not fit the delimiter."""


class Numbers:
    """Iterator over arrays [n, D] of a table's numbers, NaN for a missing one with `options.drop_missing`.

    Args:
        lines: iterator of (number, text with its newline character).
        unit: what a message calls a line.
        done: called without arguments after each array.

    Attributes:
        path: of the file.
        names: of the D columns.

    Raises:
        TableError: see `table.read`.
    """

    def __init__(
        self,
        lines: Iterator[tuple[int, str]],
        path: str,
        options: Options,
        unit: Unit,
        done: Callable[[], Any],
    ) -> None:
        self.path, self._options, self._done, self._comments = path, options, done, 0
        first = next(lines, (0, ""))
        # Excel's own way to name the delimiter.
        hint = re.fullmatch(r'"?sep=(.)"?\n', first[1])
        self._lines = lines if hint else itertools.chain([first], lines)
        delimiter = options.delimiter or (hint[1] if hint else self._find_delimiter())
        rows = list(self._first_rows(delimiter))
        if not rows:
            raise TableError(f"{path}: expected rows of numbers, got none.")
        self._layout = layout(path, rows, delimiter, options, unit)
        self.names = tuple(self._layout.names[index] for index in self._layout.chosen)

    def _find_delimiter(self) -> str:
        candidates: dict[str, list[list[str]]] = {delimiter: [] for delimiter in DELIMITERS}
        for delimiter, rows in candidates.items():
            with suppress(QuoteError):
                rows.extend(fields for _, fields in self._first_rows(delimiter))
        known = {delimiter: rows for delimiter, rows in candidates.items() if rows}
        return find_delimiter(self.path, known, self._options.decimal)

    def _first_rows(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """(line, fields) of each of the first rows that are not blank, without consuming them."""
        self._lines, head = itertools.tee(self._lines)
        rows = (row[:2] for row in self._rows(head, delimiter) if any(map(str.strip, row[1])))
        yield from itertools.islice(rows, FIRST_ROWS)

    def _rows(self, lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str], int]]:
        """(first line, fields, last line) of each row that is neither blank nor a comment."""
        start = end = -1

        def text() -> Iterator[str]:
            nonlocal start, end
            for end, line in lines:
                is_first = start < 0
                start = end if is_first else start
                if is_first and (not line.strip(" \n") or self._is_comment(line, delimiter)):
                    yield "\n"
                else:
                    # Spaces that align columns are not delimiters.
                    yield line.strip() + "\n" if delimiter == " " else line

        try:
            for fields in csv.reader(text(), delimiter=delimiter, skipinitialspace=True, strict=True):
                if fields:
                    yield start, fields, end
                start = -1
        except csv.Error as error:
            raise QuoteError(f"{self.path}, line {start}: {error}; repair the quotes of this row.") from None

    def _is_comment(self, line: str, delimiter: str) -> bool:
        comment = self._options.comment
        if not comment or not line.lstrip().startswith(comment):
            return False
        is_comment = line.split(delimiter, 1)[0].strip().lower() not in EXCEL_ERRORS
        self._comments += is_comment
        return is_comment

    def __iter__(self) -> Iterator[np.ndarray]:
        self._comments, size = 0, max(1, FIELDS // len(self._layout.names))
        while batch := list(itertools.islice(self._lines, size)):
            x = self._by_polars(batch)
            yield self._by_rows(batch) if x is None else x
            self._done()

    def _data(self, lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, list[float], int]]:
        """(first line, numbers, last line) of each row of data."""
        for line, fields, last in self._rows(lines, self._layout.delimiter):
            if line >= self._layout.first_line:
                yield line, numbers(fields, line, self._layout, self._options), last

    def _by_rows(self, batch: list[tuple[int, str]]) -> np.ndarray:
        """The numbers of the rows that begin in a batch of lines; the last may end after it."""
        values = []
        for _, row, last in self._data(itertools.chain(batch, self._lines)):
            values.append(row)
            if last >= batch[-1][0]:
                break
        return np.array(values).reshape(-1, len(self.names))

    def _by_polars(self, batch: list[tuple[int, str]]) -> np.ndarray | None:
        """As `_by_rows`, by polars where a line is plain numbers; None where a row may have several lines."""
        lines, first, chosen = [line for _, line in batch], batch[0][0], self._layout.chosen
        delimiter, decimal, width = self._layout.delimiter, self._options.decimal, len(self._layout.names)
        plain = np.array([line.count(delimiter) for line in lines]) == width - 1
        plain &= [not line.isspace() for line in lines]
        marks, text = ['"', self._options.comment, "." if decimal == "," else None], "".join(lines)
        for mark in filter(None, marks):
            if mark in text:
                plain &= [mark not in line for line in lines]
        if delimiter == " ":
            plain &= [line.split() == line.rstrip("\n").split(" ") for line in lines]
        x = np.full((len(lines), len(chosen)), np.nan)
        if plain.any() and delimiter.isascii() and delimiter != decimal:
            names = [f"column_{i + 1}" for i in range(width)]
            frame = pl.read_csv(
                "".join(itertools.compress(lines, plain)).encode(),
                has_header=False,
                separator=delimiter,
                columns=sorted(chosen),
                quote_char=None,
                decimal_comma=decimal == ",",
                ignore_errors=True,
                schema=dict.fromkeys(names, pl.String) | {names[i]: pl.Float64 for i in chosen},
            )
            x[plain] = frame.select(names[i] for i in chosen)
        kept = np.isfinite(x).all(axis=1)
        with suppress(QuoteError):
            for line, row, last in self._data(batch[i] for i in np.flatnonzero(~kept)):
                if last > line:
                    return None
                x[line - first], kept[line - first] = row, True
            kept[: max(0, self._layout.first_line - first)] = False
            return x[kept]
        return None

    def no_rows(self, dropped: int) -> TableError:
        """The TableError for a file without rows, apart from dropped ones."""
        skipped = f"; {dropped} with missing values were skipped" if dropped else ""
        return TableError(f"{self.path}: expected rows of numbers, got none{skipped}.")

    def notes(self) -> list[str]:
        """What was detected in the file, after reading all of it: [text]."""
        found = ["a header" if self._layout.header else "no header"]
        if self._options.delimiter is None and self._layout.delimiter != ",":
            delimiter = self._layout.delimiter
            found.append(f"delimiter {DELIMITERS.get(delimiter, delimiter)}")
        if self._comments:
            found.append(f"{self._comments} comment lines skipped")
        if self._layout.has_index:
            found.append("column 1 left out as an index, because it has no name (--columns includes it)")
        return found
