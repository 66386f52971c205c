"""Files in which people keep tables: text, workbooks and Parquet, compressed or not, or a pipe.

Each kind is a class with `first_rows(options)` and `frames(layout)`: DataFrames with the line of each row.
"""

import bz2
import gzip
import io
import itertools
import lzma
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from contextlib import contextmanager, nullcontext

import numpy as np
import polars as pl

from gmm_tf.table_cells import refuse_types, text_schema
from gmm_tf.table_layout import FIRST_ROWS, TableError
from gmm_tf.table_text import Text

# Rows at a time.
ROWS = 1 << 16
COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
REFUSED = {
    b"\x93NUMPY": "a NumPy file; write it as text by numpy.savetxt(file, x, delimiter=',')",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls); save it as .xlsx or CSV",
    b"\x28\xb5\x2f\xfd": "a Zstandard file; decompress it by zstd -d",
    b"ARROW1": "an Arrow file; write it as Parquet",
    b"\x89HDF": "an HDF5 file; write the table as CSV or Parquet",
}
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
            frame = pl.DataFrame(fields, schema=text_schema(layout), orient="row")
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
