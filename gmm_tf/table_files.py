"""Files in which people keep tables: text, workbooks and Parquet, compressed or not, or a pipe.

Each kind is a class with `first_rows(options)` and `frames(layout)`: DataFrames with the line of each row.
"""

import bz2
import codecs
import csv
import gzip
import io
import itertools
import lzma
import os
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from contextlib import contextmanager, nullcontext, suppress

import numpy as np
import polars as pl

from gmm_tf.table_cells import other_delimiter, refuse_types
from gmm_tf.table_layout import DELIMITERS, EXCEL_ERRORS, TableError, find_delimiter, number

# Bytes of text, or rows, at a time.
CHUNK = 1 << 22
ROWS = 1 << 16
# Characters, and rows, in which to look for a delimiter, a header and columns without values.
HEAD, FIRST_ROWS = 1 << 20, 1000
COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
REFUSED = {
    b"\x93NUMPY": "a NumPy file; write it as text by numpy.savetxt(file, x, delimiter=',')",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls); save it as .xlsx or CSV",
    b"\x28\xb5\x2f\xfd": "a Zstandard file; decompress it by zstd -d",
    b"ARROW1": "an Arrow file; write it as Parquet",
    b"\x89HDF": "an HDF5 file; write the table as CSV or Parquet",
}
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)


@contextmanager
def opened(path, options):
    """(the table in a file, the file itself as it is on disk), for a path or - for standard input.

    Raises:
        TableError: a kind of file that cannot be read, or a broken one.
        OSError: a file that cannot be opened.
    """
    with nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb") as raw:
        try:
            yield _table(raw, path, options, plain=path != "-"), raw
        except BROKEN as error:
            what = "expected a complete compressed file, got a broken one"
            raise TableError(f"{path}: {what} ({error}).") from None


def _table(source, path, options, plain=False):
    """The table in a binary stream, by its first bytes; a plain one is the file on disk itself."""
    if not hasattr(source, "peek"):
        source = io.BufferedReader(source)
    start = source.peek(8)[:8]
    for magic, kind in REFUSED.items():
        if start.startswith(magic):
            raise TableError(f"{path}: expected text, .xlsx or Parquet, got {kind}.")
    for magic, decompressed in COMPRESSED.items():
        if start.startswith(magic):
            return _table(decompressed(source), path, options)
    if start.startswith(b"PK\x03\x04"):
        return _zipped(_on_disk(source, plain), path, options)
    if start.startswith(b"PAR1"):
        return Parquet(_on_disk(source, plain), path)
    return Text(source, path, options)


def _on_disk(source, plain):
    """The file, or a copy of a stream that is none: workbooks and Parquet are not read from end to end."""
    if plain and source.seekable():
        return source
    copy = tempfile.NamedTemporaryFile()
    shutil.copyfileobj(source, copy)
    copy.seek(0)
    return copy


def _zipped(source, path, options):
    archive = zipfile.ZipFile(source)
    names = [name for name in archive.namelist() if not re.search("/$|^__MACOSX/", name)]
    if "xl/workbook.xml" in names:
        source.seek(0)
        return Workbook(source, path, options)
    if len(names) != 1:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        raise TableError(f"{path}: expected one file in the archive, got {len(names)} ({shown}); unpack it.")
    return _table(archive.open(names[0]), path, options)


class Text:
    """Lines of text, with fields divided by a delimiter."""

    line_word = "line"

    def __init__(self, source, path, options):
        self.path, self.delimiter = path, options.delimiter
        self.comments, self._comment = 0, options.comment
        self._pieces = _pieces(source, path, options.encoding)
        self._first = 1, ""
        while len(self._first[1]) < HEAD and (piece := next(self._pieces, None)):
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
        return pl.DataFrame(kept, schema=_schema(layout), orient="row"), np.array(lines)

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


def _schema(layout):
    return {str(index): pl.String for index in range(len(layout.names))}


def _frame_quickly(text, line, delimiter, layout):
    """A frame and its lines, or None if anything is not plain: quotes, or rows of another length."""
    if '"' in text:
        return None
    try:
        frame = pl.read_csv(
            text.encode(), has_header=False, separator=delimiter, quote_char=None, schema=_schema(layout)
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


class Workbook:
    """One sheet of an Excel workbook; a row is a line."""

    line_word, delimiter, comments = "line", None, 0

    def __init__(self, source, path, options):
        import openpyxl

        self.path, self._decimal = path, options.decimal
        book = openpyxl.load_workbook(source, read_only=True, data_only=True)
        names = [sheet.title for sheet in book.worksheets]
        if options.sheet is None and len(names) == 1:
            self._sheet = book.worksheets[0]
        elif options.sheet in names:
            self._sheet = book[options.sheet]
        else:
            got = "none" if options.sheet is None else repr(options.sheet)
            known = ", ".join(map(repr, names))
            raise TableError(f"{path}: expected --sheet to be one of {known}, got {got}.")

    def first_rows(self, options):
        """[(line, fields, line after)] of the first rows that are not blank."""
        rows = list(itertools.islice(self._rows(), FIRST_ROWS))
        # A sheet may claim columns that hold nothing.
        width = max((_width(fields) for _, fields in rows), default=0)
        return [(line, [field or "" for field in fields[:width]], line + 1) for line, fields in rows]

    def frames(self, layout):
        """(DataFrame of text, [n] line of each row), ROWS at a time."""
        width = len(layout.names)
        rows = (row for row in self._rows() if row[0] >= layout.first_line)
        while batch := list(itertools.islice(rows, ROWS)):
            for line, fields in batch:
                if _width(fields) > width:
                    raise TableError(
                        f"{self.path}, line {line}: expected {width} columns as in the first rows, "
                        f"got {_width(fields)}; repair this row."
                    )
            fields = [(each + [None] * width)[:width] for _, each in batch]
            frame = pl.DataFrame(fields, schema=_schema(layout), orient="row")
            yield frame, np.array([line for line, _ in batch])

    def _rows(self):
        self._sheet.reset_dimensions()
        for line, row in enumerate(self._sheet.iter_rows(values_only=True), 1):
            fields = [self._text(value) for value in row]
            if any(fields):
                yield line, fields

    def _text(self, value):
        """What a cell holds, written as the options say that numbers are written."""
        if isinstance(value, float):
            return repr(value).replace(".", self._decimal)
        return None if value is None else str(value)


def _width(fields):
    """Number of fields up to the last one that holds something."""
    return max((i for i, field in enumerate(fields, 1) if field), default=0)


class Parquet:
    """A Parquet file; its rows have no lines, but numbers from 1."""

    line_word, delimiter, comments = "row", None, 0

    def __init__(self, source, path):
        self.path, self._source = path, source
        try:
            self._schema = pl.read_parquet_schema(source.name)
        except pl.exceptions.PolarsError as error:
            raise TableError(f"{path}: expected a Parquet file, got a broken one ({error}).") from None

    def first_rows(self, options):
        """The names of the columns, as the row of a header before row 1."""
        return [(0, list(self._schema), 1)]

    def frames(self, layout):
        """(DataFrame, [n] number of each row), ROWS at a time."""
        refuse_types(layout, list(self._schema.values()))
        first = 1
        for frame in pl.scan_parquet(self._source.name).collect_batches(chunk_size=ROWS):
            yield frame, first + np.arange(frame.height)
            first += frame.height


def size(path):
    """Bytes of a regular file, 0 for a pipe."""
    return os.path.getsize(path) if path != "-" and os.path.isfile(path) else 0
