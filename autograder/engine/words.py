"""Words of a submission on the grader's pages: on one line, bounded, and between quotation marks."""

import re

QUOTED = 200  # characters of a quotation


def printable(value: object, limit: int = 600) -> str:
    """Text from outside on one line, without characters that a page or a database cannot hold."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(value)[:limit])  # colours of a terminal
    return " ".join(one_line(text).split())


def one_line(text: str) -> str:
    """A text with a space in place of each line end and each character that would control a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def quoted(value: object, limit: int = QUOTED) -> str:
    """Text from outside between quotation marks that it cannot close, cut where it is too long."""
    text = printable(value, 4 * limit).replace("`", "'")
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
