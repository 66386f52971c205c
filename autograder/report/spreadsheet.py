"""Tables for spreadsheets, as CSV."""

import csv
import io
import re
from collections.abc import Iterable

FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet would run, with any number of quotes before it
TEXT_AS_FORMULA = re.compile(r'="([^"]*)"')


def written(header: Iterable[object], rows: Iterable[Iterable[object]], bom: bool = False) -> str:
    """A CSV text of our own, whose words no spreadsheet takes for formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([inert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return "\ufeff" * bom + text.getvalue()


def inert(word: str) -> str:
    """A word that a spreadsheet does not take for a formula; `plain` takes the quote away again."""
    return f"'{word}" if FORMULA.match(word) else word


def plain(word: str) -> str:
    """The word that `inert` was given, or that Canvas wrote as the formula ="WORD"."""
    if formula := TEXT_AS_FORMULA.fullmatch(word):
        return formula[1]
    return word[1:] if word.startswith("'") and FORMULA.match(word) else word
