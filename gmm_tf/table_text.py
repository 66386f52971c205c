"""Tables in text: lines, and fields divided by a delimiter."""

import codecs
import csv
import io
import itertools
import re
from contextlib import suppress

import numpy as np
import polars as pl

from gmm_tf.table_cells import other_delimiter, text_schema
from gmm_tf.table_layout import DELIMITERS, EXCEL_ERRORS, FIRST_ROWS, TableError, find_delimiter, number

# Bytes at a time.
CHUNK = 1 << 22
# Characters in which to look for a delimiter, a header and columns without values.
HEAD = 1 << 20
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Text:
    """Lines of text, with fields divided by a delimiter."""

    line_word = "line"

    def __init__(self, source, path, options):
        self.path, self.delimiter = path, options.delimiter
        self.comments, self._comment = 0, options.comment
        self._pieces = _pieces(source, path, options.encoding)
        self._first = 1, ""
        while len(self._without_comments(self._first[1]).strip()) < HEAD:
            if (piece := next(self._pieces, None)) is None:
                break
            self._first = 1, self._first[1] + piece[1]
        # Excel's own way to name the delimiter.
        if hint := re.match(r'"?sep=(.)"?\n', self._first[1]):
            self.delimiter = self.delimiter or hint[1]
            self._first = 1, self._first[1][hint.end() - 1 :]

    def first_rows(self, options):
        """[(line, fields, line after)] of the first rows that are not blank."""
        line, text = self._first
        text = self._without_comments(text)
        if self.delimiter is None:
            self.delimiter = self._find_delimiter(text, line, options)
        return self._first_rows(text, line, self.delimiter, FIRST_ROWS)

    def _find_delimiter(self, text, line, options):
        candidates = {}
        for delimiter in DELIMITERS:
            # Quotes that do not fit a delimiter speak against it.
            with suppress(TableError):
                rows = self._first_rows(text, line, delimiter, FIRST_ROWS)
                candidates[delimiter] = [fields for _, fields, _ in rows]
        return find_delimiter(self.path, candidates, options.decimal)

    def _first_rows(self, text, line, delimiter, most):
        rows = self._rows(self._normal(text, delimiter), line, delimiter)
        return list(itertools.islice((row for row in rows if "".join(row[1]).strip()), most))

    def frames(self, layout):
        """(DataFrame of text, [n] line of each row), piece by piece."""
        self.comments = 0
        for line, text in itertools.chain([self._first], self._pieces):
            text = self._normal(self._without_comments(text), self.delimiter)
            if line < layout.first_line:
                skipped = min(layout.first_line - line, text.count("\n"))
                text, line = _after(text, skipped), line + skipped
            if text and not text.isspace():
                yield _frame_quickly(text, line, self.delimiter, layout) or self._frame(text, line, layout)

    def _without_comments(self, text):
        """The text with comments as blank lines, so that the lines keep their numbers."""
        if not self._comment or self._comment not in text:
            return text

        def blank(found):
            self.comments += found[1] is not None
            return found[0] if found[1] is None else ""

        return _comment_pattern(self._comment).sub(blank, text)

    def _normal(self, text, delimiter):
        """Spaces that align columns are one delimiter."""
        return re.sub(r"(?m)^ +| +$|(?<= ) +", "", text) if delimiter == " " else text

    def _rows(self, text, line, delimiter):
        """(line, fields, line after) of rows of text that begins at a line."""
        options = {"delimiter": delimiter, "skipinitialspace": True, "strict": True}
        reader = csv.reader(io.StringIO(text, newline=""), **options)
        start = line
        try:
            for fields in reader:
                after = line + reader.line_num
                yield start, fields, after
                start = after
        except csv.Error as error:
            raise TableError(f"{self.path}, line {start}: {error}; repair the quotes of this row.") from None

    def _frame(self, text, line, layout):
        """A frame and its lines by Python's own parser, which knows where each row begins."""
        width, kept, lines = len(layout.names), [], []
        for start, fields, _ in self._rows(text, line, self.delimiter):
            if not fields or (fields == [""] and width > 1):
                continue
            if len(fields) != width:
                raise TableError(
                    f"{self.path}, line {start}: expected {width} columns as in the first row, "
                    f"got {len(fields)}; repair this row{self._advice(fields, start, layout)}."
                )
            kept.append(fields)
            lines.append(start)
        return pl.DataFrame(kept, schema=text_schema(layout), orient="row"), np.array(lines)

    def _advice(self, fields, line, layout):
        width, is_first = len(layout.names), line == layout.first_line
        if other := other_delimiter(fields[0]):
            return other
        if is_first and not any(number(field) is not None for field in fields):
            return ", or begin lines before the table with #"
        if self.delimiter == "," and len(fields) == 2 * width:
            return "; if a comma is the decimal point, write ';' between columns and pass --decimal ,"
        if is_first and len(fields) == width + 1:
            return "; if rows begin with an index that line 1 does not name, give it a name"
        return ""


def _comment_pattern(comment):
    """Matches a comment as group 1, or a quoted field, in which a line may begin like a comment."""
    values = "|".join(map(re.escape, EXCEL_ERRORS))
    line = rf"^[ \t]*(?!(?i:{values})){re.escape(comment)}[^\n]*"
    return re.compile(rf'({line})|"(?:[^"]|"")*"', re.MULTILINE)


def _frame_quickly(text, line, delimiter, layout):
    """A frame and its lines, or None if anything is not plain: quotes, or rows of another length."""
    if '"' in text:
        return None
    try:
        frame = pl.read_csv(
            text.encode(), has_header=False, separator=delimiter, quote_char=None, schema=text_schema(layout)
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != text.count("\n"):
        return None
    # A row that is too short ends in nulls as one with missing values does.
    kept = np.ones(frame.height, bool)
    doubtful = frame.to_series(-1).is_null().arg_true().to_list()
    rows = text.split("\n") if doubtful else []
    for row in doubtful:
        kept[row] = bool(rows[row].strip())
        if kept[row] and rows[row].count(delimiter) != len(layout.names) - 1:
            return None
    return frame.filter(kept), line + np.flatnonzero(kept)


def _pieces(source, path, encoding):
    """(line, text) of whole rows one after the other; every line ends in a newline character."""
    given, line, rest = encoding, 1, ""
    if encoding is None:
        start = source.peek(4)
        encoding = next((BOMS[bom] for bom in BOMS if start.startswith(bom)), "utf-8")
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    while True:
        data = source.read(CHUNK)
        try:
            rest += decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            before = rest + error.object[: error.start].decode(encoding, "replace")
            before = before.replace("\r\n", "\n").replace("\r", "\n")
            raise TableError(_undecodable(path, line + before.count("\n"), before, error, given)) from None
        if "\0" in rest:
            raise TableError(f"{path}: expected text in UTF-8, got other bytes; export it as CSV UTF-8.")
        if not data:
            break
        end = _end_of_rows(rest)
        if end:
            yield line, rest[:end]
            line, rest = line + rest.count("\n", 0, end), rest[end:]
    if rest:
        yield line, rest if rest.endswith("\n") else rest + "\n"


def _undecodable(path, line, before, error, encoding):
    byte, after = error.object[error.start], before.rpartition("\n")[2][-20:]
    remedy = "pass another --encoding"
    if encoding is None:
        remedy = f"pass the --encoding that it has, such as latin-1, in which this is {chr(byte)!r}"
    return (
        f"{path}, line {line}: expected text in {encoding or 'UTF-8'}, got the byte 0x{byte:02x} "
        f"after {after!r}; {remedy}."
    )


def _end_of_rows(text):
    """The length of the text up to its last newline that is not within quotes, 0 for none."""
    end = text.rfind("\n") + 1
    odd = text.count('"', 0, end) % 2
    # A quote within a field is a plain character and finds no partner: then all of a long text will do.
    while odd and end and len(text) < 4 * CHUNK:
        start = text.rfind("\n", 0, end - 1) + 1
        odd ^= text.count('"', start, end) % 2
        end = start
    return end


def _after(text, lines):
    """The text without its first lines."""
    place = 0
    for _ in range(lines):
        place = text.find("\n", place) + 1
    return text[place:]
