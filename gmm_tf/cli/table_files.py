"""Lines of text from tables in text files, workbooks or Parquet, compressed or not, or from a pipe."""

import bz2
import codecs
import csv
import gzip
import io
import lzma
import os
import re
import shutil
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import polars as pl

from gmm_tf.cli.table_cells import TableError
from gmm_tf.cli.table_layout import Options
from gmm_tf.cli.table_text import FIELDS, Numbers
from gmm_tf.names import Unit

COMPRESSED: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
REFUSED = {
    b"\x93NUMPY": "a NumPy file; write it as text with numpy.savetxt(file, x, delimiter=',')",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls); save it as .xlsx or CSV",
    b"\x28\xb5\x2f\xfd": "a Zstandard file; decompress it with zstd -d",
    b"ARROW1": "an Arrow file; write it as Parquet",
    b"\x89HDF": "an HDF5 file; write the table as CSV or Parquet",
}
# An encrypted zip is a RuntimeError.
BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile, RuntimeError)
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Encodings that leave the mark at the beginning in the text.
MARKED = (None, "utf-8", "utf-16-le", "utf-16-be")
# Bytes that are invalid in the encoding, as `surrogateescape` decodes them; and characters per read.
UNDECODED, BLOCK = re.compile("[\udc80-\udcff]"), 1 << 18


@contextmanager
def numbers(
    path: str | os.PathLike[str], options: Options, progress: Callable[[int], Any] | None = None
) -> Iterator[Numbers]:
    """The `Numbers` of a file, which is open meanwhile; arguments and exceptions as for `table.read`."""
    path = str(path)
    with nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb") as raw:
        try:
            lines, options, unit = _lines(raw, path, options, on_disk=path != "-" and raw.seekable())
            numbered = enumerate(lines, 0 if unit is Unit.ROW else 1)
            yield Numbers(numbered, path, options, unit, lambda: progress and progress(raw.tell()))
        except (*BROKEN, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the system; bz2 has one without a number
            what = "expected a complete compressed file, got a broken one"
            raise TableError(f"{path}: {what} ({error}).") from None


def _lines(
    source: Any, path: str, options: Options, on_disk: bool = False
) -> tuple[Iterator[str], Options, Unit]:
    """(lines of text, how to read them, what they are called) of a binary stream, by its first bytes."""
    if not hasattr(source, "peek"):
        source = io.BufferedReader(source)
    start = source.peek(8)[:8]
    for magic, kind in REFUSED.items():
        if start.startswith(magic):
            raise TableError(f"{path}: expected text, .xlsx or Parquet, got {kind}.")
    for magic, decompressed in COMPRESSED.items():
        if start.startswith(magic):
            return _lines(decompressed(source), path, options)
    if not start.startswith((b"PK\x03\x04", b"PAR1")):
        _refuse_sheet(path, options, "text")
        marked = next((BOMS[bom] for bom in BOMS if start.startswith(bom)), None)
        encoding = marked if marked and options.encoding in MARKED else options.encoding or "UTF-8"
        return _text_lines(source, path, encoding), options, Unit.LINE
    if not on_disk:
        # Archives and Parquet are not read from end to end.
        stream, source = source, tempfile.NamedTemporaryFile()
        shutil.copyfileobj(stream, source)
        source.seek(0)
    if start.startswith(b"PAR1"):
        _refuse_sheet(path, options, "Parquet")
        own = options._replace(delimiter=",", header="yes", comment=None)
        return _parquet_lines(source, path, options), own, Unit.ROW
    archive = zipfile.ZipFile(source)
    names = [name for name in archive.namelist() if not re.search("/$|^__MACOSX/", name)]
    if "xl/workbook.xml" in names:
        return _sheet_lines(source, path, options), options._replace(delimiter=","), Unit.LINE
    if len(names) != 1:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        raise TableError(f"{path}: expected one file in the archive, got {len(names)} ({shown}); unpack it.")
    return _lines(archive.open(names[0]), path, options)


def _refuse_sheet(path: str, options: Options, kind: str) -> None:
    if options.sheet is not None:
        raise TableError(f"{path}: expected a workbook for --sheet, got {kind}; leave --sheet out.")


def _text_lines(source: Any, path: str, encoding: str) -> Iterator[str]:
    text, number = io.TextIOWrapper(source, encoding, "surrogateescape"), 1
    try:
        while block := text.read(BLOCK):
            if "\0" in block:
                raise TableError(f"{path}: expected text in UTF-8, got other bytes; export it as CSV UTF-8.")
            block += text.readline()
            if not block.isascii() and (bad := UNDECODED.search(block)):
                before, byte = block[: bad.start()].split("\n"), ord(bad[0]) - 0xDC00
                raise TableError(
                    f"{path}, line {number + len(before) - 1}: expected text in {encoding}, got the byte "
                    f"0x{byte:02x} after {before[-1][-20:]!r}; pass another --encoding, such as latin-1."
                )
            yield from io.StringIO(block)
            number += block.count("\n")
    except UnicodeError as error:
        raise TableError(f"{path}, line {number}: expected text in {encoding}, got {error}.") from None


def _sheet_lines(source: Any, path: str, options: Options) -> Iterator[str]:
    import openpyxl

    source.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles
            book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    except BROKEN:
        raise
    except Exception as error:  # noqa: BLE001 - whatever openpyxl raises
        raise TableError(f"{path}: expected a workbook, got an error ({error}); save it as CSV.") from None
    names = [sheet.title for sheet in book.worksheets]
    if not names:
        raise TableError(f"{path}: expected a sheet, got none that can be read; save it as CSV.")
    if options.sheet not in names and (options.sheet is not None or len(names) > 1):
        got = "none" if options.sheet is None else repr(options.sheet)
        raise TableError(f"{path}: expected --sheet to be one of {', '.join(map(repr, names))}, got {got}.")
    write = csv.writer(SimpleNamespace(write=lambda line: line), lineterminator="\n").writerow
    sheet, width = book[options.sheet or names[0]], 0
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True):
        fields = [_cell(value, options.decimal) for value in row]
        # A sheet may declare empty columns.
        while fields and not fields[-1]:
            fields.pop()
        width = width or len(fields)
        yield write(fields and fields + [""] * (width - len(fields)))


def _cell(value: Any, decimal: str) -> str:
    """A cell as one line of text, with numbers written according to the options."""
    text = "" if value is None else str(value).replace("\n", " ")
    return text.replace(".", decimal) if isinstance(value, float) else text


def _parquet_lines(source: Any, path: str, options: Options) -> Iterator[str]:
    try:
        table = pl.scan_parquet(source.name, glob=False)
        kinds = table.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path}: expected a Parquet file, got a broken one ({error}).") from None
    if not kinds:
        raise TableError(f"{path}: expected columns, got a Parquet file without any.")
    columns = {}
    for name, kind in kinds.items():
        if kind.is_numeric():
            columns[name] = pl.col(name).cast(pl.Float64)
        elif kind.is_nested() or kind in (pl.Binary, pl.Duration, pl.Object):
            columns[name] = pl.lit(str(kind))
        else:
            columns[name] = pl.col(name).cast(pl.String).str.replace_all("\n", " ")
    frames = table.select(**columns).collect_batches(chunk_size=max(1, FIELDS // len(kinds)))
    for index, frame in enumerate(frames):
        comma = options.decimal == ","
        text = frame.write_csv(include_header=index == 0, null_value="null", decimal_comma=comma)
        yield from io.StringIO(text)
