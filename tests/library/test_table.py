"""Reading tables: what comes out is what was written, in whatever pieces; errors name the place."""

import bz2
import csv
import gzip
import io
import lzma
import math
import subprocess
import sys
import zipfile
from contextlib import closing, nullcontext
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import gmm_tf
from gmm_tf.cli import table, table_files, table_text
from gmm_tf.cli.table_cells import MISSING
from gmm_tf.cli.table_layout import Options

PLAIN = "a,b\n1,2\n3,4.5\n-1e3,6\n"
NUMBERS = [[1, 2], [3, 4.5], [-1000, 6]]


def read(tmp_path, content, name="data.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return table.read(path, tmp_path, Options(**options))


@pytest.fixture(params=[3, 1 << 18])
def batch(request, monkeypatch):
    """Fields that are read together: lines one by one, or all."""
    monkeypatch.setattr(table_text, "FIELDS", request.param)


def numbers(data):
    return data.rows_from(0, data.rows)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (PLAIN, {}),
        (PLAIN.removesuffix("\n"), {}),
        (PLAIN.replace("\n", "\r\n"), {}),
        (PLAIN.replace("\n", "\n\n"), {}),
        ("\n  \n" + PLAIN, {}),
        (b"\xef\xbb\xbf" + PLAIN.encode(), {}),
        (PLAIN.replace(",", ", "), {}),
        (PLAIN.replace("\n", "\r"), {}),
        (PLAIN.replace(",", ";"), {}),
        (PLAIN.replace(",", "\t"), {}),
        (PLAIN.replace(",", "|"), {}),
        (PLAIN.replace(",", " "), {}),
        (PLAIN.replace(",", ";"), {"delimiter": ";"}),
        (PLAIN.replace(",", "\t"), {"delimiter": "\t"}),
        (PLAIN.replace(",", "   "), {"delimiter": " "}),
        (PLAIN.replace(",", " ").replace("\n", "  \n   "), {"delimiter": " "}),
        (PLAIN.replace("\n", ",\n"), {}),
        (PLAIN.replace("\n", ",\n").replace("b,", "b"), {}),
        (PLAIN.replace(",", ";").replace(".", ","), {"decimal": ","}),
        ('"a","b"\n"1","2"\n"3","4,5"\n"-1e3","6"\n', {"decimal": ",", "delimiter": ","}),
        ("a\tb\n1\t2\n3\t4,5\n-1e3\t6\n", {"decimal": ","}),
        ("# made by hand\n" + PLAIN.replace("\n", "\n # x, y, z\n#\n"), {}),
        (PLAIN.replace("a,b", "%,a comment\na,b"), {"comment": "%"}),
        (PLAIN.replace("-1e3", '"-1,000"'), {"thousands": ","}),
        ("a;b\n1;2\n3;4,5\n-1.000;6\n", {"thousands": ".", "decimal": ","}),
        (PLAIN.replace("-1e3", "-1\u202f000"), {"thousands": " "}),
        ("sep=|\n" + PLAIN.replace(",", "|"), {}),
        (PLAIN.encode("utf-16"), {}),
        (PLAIN.replace("a", "å").encode("latin-1"), {"encoding": "latin-1", "columns": ["å", "b"]}),
        (PLAIN.encode("cp037"), {"encoding": "cp037"}),
        ('a,b\n1,2\n3,4.5\n"-1e3",6\n', {}),
        ('size,a,b\n5" pipe,1,2\n"6"" pipe",3,4.5\n7",-1000,6\n', {"exclude": ["size"]}),
        ('t,a,b\n"x\n# not a comment\n",1,2\n#N/A,3,4.5\n,-1000,6\n', {"columns": ["2-3"]}),
        (",a,b\n7,1,2\n9,3,4.5\n8,-1000,6\n", {}),
        ("Unnamed: 0,a,b\nx,1,2\ny,3,4.5\nz,-1000,6\n", {}),
        ("a,b,c,d,e\n1,2,x,y,z\n3,4.5,x,y,z\n-1e3,6,x,y,z\n", {"exclude": ["3-5"]}),
        (PLAIN.replace("1,2", '"1","2"'), {}),
        ('"a\nwith, two lines",b\n' + PLAIN[4:], {"columns": ["1", "b"]}),
        ('b,text,a\n2,x,1\n4.5,"y, \n z",3\n6,u,-1000\n', {"columns": ["a", "b"]}),
        ("b,text,a\n2,x,1\n4.5,y,3\n6,u,-1000\n", {"columns": ["3", "1"]}),
        (PLAIN.replace("3,4.5", "NA,7\n3,4.5\n8,\nnan,null"), {"drop_missing": True}),
        (PLAIN.replace("3,4.5", "#N/A,7\n3,4.5\n8,-\n#DIV/0!,3"), {"drop_missing": True}),
        ("x,a,b\n,1,2\n,3,4.5\n,-1000,6\n", {"columns": ["a", "b"]}),
    ],
)
def test_every_way_to_write_the_same_numbers(tmp_path, batch, text, options):
    data = read(tmp_path, text, **options)
    np.testing.assert_array_equal(numbers(data), NUMBERS)
    assert data.dropped == 3 * ("drop_missing" in options) and data.notes[0] == "a header"


FIELD = st.one_of(
    st.floats(-1e100, 1e100).map(repr),
    st.integers(-99, 99).map(str),
    st.sampled_from(
        [
            "",
            "NA",
            "nan",
            "-",
            "x",
            "inf",
            "1e400",
            "1_0",
            " +1.",
            ".5 ",
            "1 2",
            '"7"',
            '"8,9"',
            '"1\n2"',
            '"3\n4\n"',
            '"5""6"',
            '5" x',
            'a"b',
            '"',
            '"7" 8',
            "#",
            "0x1",
        ]
    ),
)


@given(
    rows=st.lists(st.lists(FIELD, min_size=3, max_size=3) | st.lists(FIELD, max_size=4), min_size=1),
    fields=st.sampled_from([1, 7, 1 << 18]),
    chosen=st.sets(st.integers(0, 2), min_size=1).map(sorted),
    drop_missing=st.booleans(),
)
def test_rows_are_those_of_csv_and_float(tmp_path_factory, rows, fields, chosen, drop_missing):
    """In any batches: what Python's `csv` and `float` say, or an error where they have one."""
    text = "".join(",".join(row) + "\n" for row in rows)
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    path.write_text(text)
    columns = [str(index + 1) for index in chosen]
    options = Options(columns, delimiter=",", header="no", comment=None, drop_missing=drop_missing)
    try:
        want = [row for row in csv.reader(io.StringIO(text), skipinitialspace=True, strict=True) if row]
        assume(want and want[0][-1])
        width = len(want[0])
        values = [[value_of(row[index], drop_missing) for index in chosen] for row in want]
        # A delimiter may end all rows but the one with the names.
        trailing = all(len(row) == width + 1 and not row[-1] for row in want[1:] if any(row))
        is_right = all(len(row) - (trailing and not row[-1].strip()) == width for row in want)
    except (csv.Error, ValueError, IndexError):
        is_right = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_text, "FIELDS", fields)
        with nullcontext() if is_right else pytest.raises(table.TableError):
            with table_files.numbers(path, options) as source:
                np.testing.assert_array_equal(np.concatenate(list(source)), values if is_right else None)


def value_of(field, drop_missing):
    """The oracle's number in a field."""
    if drop_missing and field.strip().lower() in MISSING:
        return math.nan
    value = float(field)
    if not math.isfinite(value) or "_" in field:
        raise ValueError
    return value


def test_moments_are_those_of_numpy(tmp_path):
    rows = np.random.default_rng(0).normal(size=(5000, 2)) * [1e-3, 1e100] + [1e4, 0]
    data = read(tmp_path, "".join(f"{a!r},{b!r}\n" for a, b in rows.tolist()))
    np.testing.assert_array_equal(numbers(data), rows)
    np.testing.assert_allclose(data.mean, rows.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(data.std, rows.std(axis=0), rtol=1e-9)


@pytest.mark.parametrize(
    ("text", "names", "header"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b"), True),
        ("1,2\n3,4\n", ("column 1", "column 2"), False),
        ("a,,c\n1,2,5\n3,4,6\n", ("a", "column 2", "c"), True),
        ("0,1\n1.5,2.5\n3e0,4.\n", ("0", "1"), True),
        ("2019,2020\n1.5,2.5\n3.5,4.5\n", ("2019", "2020"), True),
        ("0,1,2,3\n1,2,3,4\n3,4,5,6\n", ("0", "1", "2", "3"), True),
        ("5.,1.\n1.5,2.5\n3.5,4.5\n", ("column 1", "column 2"), False),
        ("0,1,\n1.5,2.5,\n3e0,4.,\n", ("0", "1"), True),
        (",0\n0,5\n1,6\n", ("0",), True),
        (",0,1\n0,5,1\n1,6,2\n", ("0", "1"), True),
    ],
)
def test_header_is_detected(tmp_path, text, names, header):
    data = read(tmp_path, text)
    assert (data.names, data.notes[0]) == (names, "a header" if header else "no header")
    lines = text.splitlines()[header:]
    rows = [[*map(float, line.rstrip(",").split(","))][-len(names) :] for line in lines]
    np.testing.assert_array_equal(numbers(data), rows)


TWO_WAYS = [
    "2019,2020\n1,2\n3,4\n",
    "0,1\n1,2\n3,4\n",
    "0\n1\n2\n",
    "0,1,2\n1,2,3\n3,4,5",
    "5,1\n1.5,2.5\n3.5,4.5\n",
    "5\n1.5\n2.5\n",
]


@pytest.mark.parametrize("text", TWO_WAYS)
def test_a_row_that_may_be_names_or_numbers_is_asked_for(tmp_path, text):
    with pytest.raises(table.TableError, match=r"line 1: .* which may be either; pass --header yes .* no"):
        read(tmp_path, text)
    rows = [[*map(float, line.split(","))] for line in text.splitlines()]
    np.testing.assert_array_equal(numbers(read(tmp_path, text, header="no")), rows)
    data = read(tmp_path, text, header="yes")
    np.testing.assert_array_equal(numbers(data), rows[1:])
    assert data.names == tuple(text.splitlines()[0].split(","))


GEYSER = np.loadtxt(Path(gmm_tf.__file__).parent / "datasets" / "old_faithful.csv", delimiter=",", skiprows=1)
NUMBERED = {
    "counted from 1": ([1, 2], GEYSER),
    "counted from 1, whole numbers below": ([1, 2], GEYSER.round()),
    "six columns": ([1, 2, 3, 4, 5, 6], np.hstack([GEYSER, GEYSER + 0.001, GEYSER * 1.1])),
    "tens": ([10, 20], GEYSER),
    "tens, whole numbers below": ([10, 20], GEYSER.round()),
    "quantiles": ([0.5, 1.5], GEYSER),
    "an even grid": ([0.1, 0.2, 0.3, 0.4], np.hstack([GEYSER, GEYSER]) / 100),
}


@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize("case", NUMBERED)
def test_names_that_are_numbers_are_never_data(tmp_path, case, index):
    """What pandas writes is read as pandas wrote it, after a question, or not at all."""
    names, x = NUMBERED[case]
    text = pd.DataFrame(x, columns=names).to_csv(index=index)
    for more in ({}, {"drop_missing": True}):
        with pytest.raises(table.TableError, match="line 1: .* which may be either; pass --header yes"):
            read(tmp_path, text, **more)
    data = read(tmp_path, text, header="yes")
    np.testing.assert_array_equal(numbers(data), x)
    assert data.names == tuple(map(str, names)) and data.dropped == 0


def test_a_first_row_like_the_others_is_data(tmp_path):
    for seed in range(50):
        rng = np.random.default_rng(seed)
        for x in (rng.normal(size=(30, 2)), rng.integers(1, 50, (30, 3)), rng.exponential(size=(12, 1))):
            text = pd.DataFrame(x).to_csv(index=False, header=False)
            np.testing.assert_array_equal(numbers(read(tmp_path, text)), x)


def test_a_first_row_without_its_first_value_may_be_names(tmp_path):
    with pytest.raises(table.TableError, match="pass --header yes if line 1 names the columns, or skip"):
        read(tmp_path, ",1.5\nn1,2.5\nn2,4.5\n", columns=["1", "2"])


def test_the_index_of_pandas_is_no_observation(tmp_path):
    plain = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)), columns=["x", "y", "z"])
    for frame in (plain, plain.sample(20, random_state=1), plain.set_index(plain.index.map("n{}".format))):
        data = read(tmp_path, frame.to_csv())
        np.testing.assert_array_equal(numbers(data), frame)
        assert data.names == ("x", "y", "z") and "column 1 left out" in data.notes[-1]
    data = read(tmp_path, "i,x\n1,2\n3,4\n")
    assert data.names == ("i", "x")
    assert read(tmp_path, ",x\n1,2\n3,4\n", columns=["1-2"]).names == ("column 1", "x")


LONG = "a,b\n" + "1,2\n3,4\n" * 50
# Without the time, so that the case has the same name in every process.
CUT_OFF = gzip.compress(LONG.encode() + b"1,2\n" * 999, mtime=0)[:-20]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (LONG + "1,\n", {}, "line 102, column 2 (b): the value is missing ('')"),
        (LONG + "NaN,1\n" + LONG[4:], {}, "line 102, column 1 (a): the value is missing ('NaN')"),
        (LONG + "1,x\n1,2\n", {}, "line 102, column 2 (b): expected a number, got 'x'"),
        (LONG + "1,x\n", {"drop_missing": True}, "line 102, column 2 (b): expected a number"),
        (LONG + "1,1_000\n", {}, "line 102, column 2 (b): expected a number, got '1_000'"),
        (LONG + "-inf,x\n", {}, "line 102, column 1 (a): expected a finite number, got '-inf'"),
        (LONG + "1,1e999\n", {}, "line 102, column 2 (b): expected a finite number"),
        (LONG + "\n\n1,2,3\n", {}, "line 104: expected 2 columns as in the first row, got 3"),
        (LONG + "1\n", {}, "line 102: expected 2 columns as in the first row, got 1"),
        (LONG + "1\n", {"columns": ["a"]}, "line 102: expected 2 columns as in the first row, got 1"),
        (LONG + '1,"2\n', {}, "line 102: unexpected end of data"),
        ("1;2\n3;4\n", {"delimiter": ","}, "pass --delimiter ';'"),
        ("a;b\n1;2\n3;4\n", {"delimiter": ","}, "line 2, column 1 (a;b): expected a number, got '1;2'; pass"),
        ("a;b\n1,5;2\n", {}, "line 2, column 1 (a): expected a number, got '1,5'; pass --decimal ','"),
        ("a;b\n1;2.000\n", {"decimal": ","}, "line 2, column 2 (b): expected a number, got '2.000'; if"),
        ("a;b\n1;2.5\n", {"decimal": ","}, "line 2, column 2 (b): expected a number, got '2.5'; pass"),
        ('a,b\n1,"1,000"\n', {}, "got '1,000'; if ',' is between groups of digits, pass --thousands ','"),
        ("a;b\n1;1'000'000.5\n", {}, 'is between groups of digits, pass --thousands "\'"'),
        ('a,b\n1,"1,00"\n', {"thousands": ","}, "line 2, column 2 (b): expected a number, got '1,00'"),
        ('a,b\n1,"1,0000"\n', {"thousands": ","}, "line 2, column 2 (b): expected a number, got '1,0000'"),
        ("a,b\n1,2%\n", {}, "line 2, column 2 (b): expected a number, got '2%'; remove the percent signs"),
        ("a,b\n1,True\n", {}, "line 2, column 2 (b): expected a number, got 'True'; write 1 and 0"),
        ("a,b\nkg,m\n1,2\n", {}, "line 2, column 1 (a): expected a number, got 'kg'; if this row has units"),
        (LONG + "1,#N/A\n", {}, "line 102, column 2 (b): the value is missing ('#N/A')"),
        (LONG + "#N/A,1\n", {}, "line 102, column 1 (a): the value is missing ('#N/A')"),
        (LONG + "1,-\n", {}, "line 102, column 2 (b): the value is missing ('-')"),
        (LONG.replace(",", "\t") + " \n\t\n", {}, "line 103, column 1 (a): the value is missing ('')"),
        (LONG + "#\n\n1,\n", {}, "line 104, column 2 (b): the value is missing ('')"),
        (LONG.replace("\n", "\r") + "1,x\r", {}, "line 102, column 2 (b): expected a number, got 'x'"),
        ("a,b,\n" + "1,2,\n3,4,\n" * 600 + "1,2,3\n", {}, "line 1202: expected 2 columns as in the first"),
        ("a,b\n1,2\n3,4\n" + '"x\ny",5\n', {}, "line 4, column 1 (a): expected a number, got 'x\\ny'"),
        ('t,b\n"x\ny",2\nz,3\nz,u\n', {"columns": ["b"]}, "line 5, column 2 (b): expected a number"),
        (
            "Title\n\na,b\n1,2\n",
            {},
            "line 3: expected 1 columns as in the first row, got 2; repair this row; "
            "put # before lines above the table",
        ),
        ("a\n1,5\n2,5\n", {}, "if a comma is the decimal point"),
        (LONG, {"sheet": "A"}, "expected a workbook for --sheet, got text; leave --sheet out"),
        ("a,b\n1,5,2,5\n", {}, "line 2: expected 2 columns as in the first row, got 4; repair"),
        ("1,000\n2,500\n", {}, "line 1, column 1 (column 1): expected a number, got '1,000'; if ',' is"),
        ("1,200\n2,500\n", {}, "if it is the decimal point, pass --decimal ',', or pass --delimiter ','"),
        ("1 000\n2 500\n", {}, "pass --thousands ' ', or pass --delimiter ' '"),
        ("1,5;2,5\n3;4\n", {}, "line 1, column 1 (column 1): expected a number, got '1,5'; pass --decimal"),
        ("1%\n2\n3\n", {}, "line 1, column 1 (column 1): expected a number, got '1%'; remove the percent"),
        ("a,b\n1,2\n3,4\n", {"decimal": ","}, "another character between columns than the decimal point"),
        ("a b\nr1 1 2\nr2 3 4\n", {}, "line 2: expected 2 columns as in the first row, got 3"),
        ("a b c\n1 2 3\n4  6\n", {"columns": ["1"]}, "line 3: expected 3 columns as in the first row, got 2"),
        ("1,2,\n3,4,5\n6,7,8,\n", {"drop_missing": True}, "line 3: expected 3 columns as in the first"),
        ("a,b,\n1,2,\n3,\n", {"drop_missing": True}, "line 3: expected 2 columns as in the first row, got 1"),
        ("a b c \nr 1 2 3\n", {}, "line 2: expected 3 columns as in the first row, got 4"),
        ("a,b\n1,2,3\n", {}, "repair this row; put # before lines above the table, and give an index"),
        ("x,1\n1,2\n", {}, "pass --header yes"),
        ("a,b\n", {}, "expected rows of numbers, got none"),
        ("", {}, "expected rows of numbers, got none"),
        ("a\nNA\n", {"drop_missing": True}, "1 with missing values were skipped"),
        ("a,b\n1,2\n1,3\n", {}, "expected numbers that differ in a, got 1 in all 2 rows"),
        ("a\n1e200\n-1e200\n", {}, "change its unit"),
        (LONG, {"columns": ["c"]}, "got 'c', which is neither"),
        (LONG, {"columns": ["3"]}, "by name (a, b) or by number (1 to 2), got '3'"),
        (LONG, {"columns": ["a", "1"]}, "each column once"),
        (LONG, {"columns": ["1-3"]}, "by number (1 to 2), got '1-3'"),
        (LONG, {"exclude": ["c"]}, "got 'c', which is neither"),
        (LONG, {"exclude": ["1-2"]}, "expected at least one column, got all excluded (a, b)"),
        ("a,a\n1,2\n", {"columns": ["a"]}, "the name of several columns"),
        ("å\n1".encode("latin-1"), {}, "line 1: expected text in UTF-8, got"),
        ((LONG + "1,höhe\n").encode("latin-1"), {}, "line 102: expected text in UTF-8, got the byte 0xf6"),
        (LONG.encode() + b"\xff,1\n", {"encoding": "ascii"}, "line 102: expected text in ascii, got the"),
        (LONG.encode() + b"1\x00,1\n", {}, "export it as CSV UTF-8"),
        (b"\x1f\x8b\x00\x01\n", {}, "expected a complete compressed file, got a broken one"),
        (CUT_OFF, {}, "expected a complete compressed file, got"),
        (b"\x93NUMPY\x01\x00", {}, "got a NumPy file; write it as text with numpy.savetxt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {}, "got an old workbook (.xls); save it as .xlsx or CSV"),
    ],
)
def test_errors_name_the_place_and_the_remedy(tmp_path, batch, text, options, message):
    with pytest.raises(table.TableError) as error:
        read(tmp_path, text, **options)
    assert message in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_samples_and_minibatches_are_rows_of_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "CHUNK", 64)
    monkeypatch.setattr(table, "BLOCK", 7)
    monkeypatch.setattr(table, "MIXED", 5)
    data = read(tmp_path, "".join(f"{i},{-i}\n" for i in range(100)))
    rng = np.random.default_rng(0)
    sample = data.sample(30, rng)
    np.testing.assert_array_equal(sample[:, 0], -sample[:, 1])
    assert len(sample) == 30 and np.all(np.diff(sample[:, 0]) > 0) and sample[-1, 0] <= 99
    np.testing.assert_array_equal(data.sample(100, rng), numbers(data))
    np.testing.assert_array_equal(np.concatenate(list(data.chunks(33))), numbers(data))
    batches = list(data.minibatches(10, rng))
    rows = np.concatenate(batches)
    assert {len(batch) for batch in batches} == {10} and len(rows) == 90
    assert len(np.unique(rows[:, 0])) == len(rows)
    # Blocks from all over the file meet in one batch.
    assert all(np.ptp(batch[:, 0]) > 20 for batch in batches)


def zipped(content, *more):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        archive.writestr("folder/data.csv", content)
        for name in more:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zipped])
def test_compressed_files_are_read(tmp_path, pack):
    content = pack(PLAIN.encode())
    np.testing.assert_array_equal(numbers(read(tmp_path, content)), NUMBERS)
    # Packed twice, and with an error whose line is that of the text.
    np.testing.assert_array_equal(numbers(read(tmp_path, gzip.compress(content))), NUMBERS)
    with pytest.raises(table.TableError, match=r"line 102, column 2 \(b\): expected a number, got 'x'"):
        read(tmp_path, pack((LONG + "1,x\n").encode()))


def encrypted(content):
    packed = bytearray(zipped(content))
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.rindex(sign) + flags] |= 1
    return bytes(packed)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zipped, encrypted])
def test_a_broken_or_encrypted_file_is_told(tmp_path, pack, capsys):
    content = bytearray(pack((PLAIN * 200).encode()))
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(8)
    with pytest.raises(table.TableError, match="expected a complete compressed file, got a broken one"):
        read(tmp_path, bytes(content))


@pytest.mark.parametrize(
    ("written", "named"),
    [("utf-8-sig", "utf-8"), ("utf-8-sig", None), ("utf-16", "utf-16-le"), ("utf-16", None)],
)
def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path, written, named):
    data = read(tmp_path, "höhe,b\n1,2\n3,4\n".encode(written), encoding=named, columns=["höhe"])
    np.testing.assert_array_equal(numbers(data), [[1], [3]])


def test_an_archive_of_several_files_is_not_guessed_at(tmp_path):
    with pytest.raises(table.TableError, match=r"one file in the archive, got 2 \(folder/data.csv, b.csv\)"):
        read(tmp_path, zipped(PLAIN, "b.csv"))
    np.testing.assert_array_equal(numbers(read(tmp_path, zipped(PLAIN, "__MACOSX/._b.csv"))), NUMBERS)


@pytest.mark.parametrize(
    ("sep", "decimal", "encoding"),
    [(",", ".", "utf-8"), (";", ",", "latin-1"), ("\t", ",", "utf-16"), ("|", ".", "utf-8-sig")],
)
@pytest.mark.parametrize("index", [False, True])
def test_what_pandas_writes_is_what_pandas_reads(tmp_path, sep, decimal, encoding, index):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "größe": rng.normal(size=300) * 1e5,
            "n": rng.integers(-9, 10**6, 300),
            "klein": rng.normal(size=300) * 1e-100,
        }
    )
    frame.loc[rng.choice(300, 40, replace=False), "klein"] = np.nan
    path = tmp_path / "data.csv"
    frame.to_csv(path, sep=sep, decimal=decimal, encoding=encoding, index=index, na_rep="NA")
    own = {} if encoding.startswith("utf") else {"encoding": encoding}
    options = Options(decimal=decimal, drop_missing=True, columns=["n", "größe", "klein"], **own)
    data = table.read(path, tmp_path, options)
    want = pd.read_csv(path, sep=sep, decimal=decimal, encoding=encoding).dropna()
    # Older versions of pandas are wrong in the last digit.
    np.testing.assert_allclose(numbers(data), want[["n", "größe", "klein"]], rtol=1e-15)
    assert data.dropped == 40


def workbook(rows, **more):
    book = openpyxl.Workbook()
    for title, content in {"numbers": rows, **more}.items():
        sheet = book.active if title == "numbers" else book.create_sheet()
        sheet.title = title
        for row in content:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_workbooks_are_read(tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 2))
    rows = [["a", "b"], *x.tolist()]
    # Typed numbers do not depend on how text writes them.
    for options in ({}, {"decimal": ","}):
        # openpyxl writes 16 digits.
        np.testing.assert_allclose(numbers(read(tmp_path, workbook(rows), **options)), x, rtol=1e-15)
    rows[5:5] = [[], [None, 3.0], ["#N/A", 1]]
    data = read(tmp_path, workbook(rows), drop_missing=True)
    np.testing.assert_allclose(numbers(data), x, rtol=1e-15)
    assert data.dropped == 2
    with pytest.raises(table.TableError, match=r"line 7, column 1 \(a\): the value is missing"):
        read(tmp_path, workbook(rows))
    frame = pd.DataFrame(x, columns=["a", "b"])
    frame.to_excel(tmp_path / "index.xlsx")
    data = table.read(tmp_path / "index.xlsx", tmp_path)
    np.testing.assert_array_equal(numbers(data), pd.read_excel(tmp_path / "index.xlsx", index_col=0))
    assert "column 1 left out" in data.notes[-1]


def test_a_sheet_is_not_guessed_at(tmp_path):
    content = workbook([["a"], [1], [2]], notes=[["b"], [3], [5]])
    with pytest.raises(table.TableError, match="expected --sheet to be one of 'numbers', 'notes', got none"):
        read(tmp_path, content)
    np.testing.assert_array_equal(numbers(read(tmp_path, content, sheet="notes")), [[3], [5]])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "expected a number, got 'True'; write 1 and 0"),
        ("x", "expected a number, got 'x'"),
        ("1,000", "expected a number, got '1,000'; if ',' is between groups of digits, pass --thousands"),
        (pd.Timestamp("2020-01-02").to_pydatetime(), "expected a number, got '2020-01-02 00:00:00'"),
    ],
)
def test_cells_of_workbooks_that_are_no_numbers(tmp_path, value, message):
    with pytest.raises(table.TableError) as error:
        read(tmp_path, workbook([["a", "b"], [1, 2], [3, value], [4, 5]]))
    assert "line 3, column 2 (b): " + message in str(error.value)


def test_rows_of_workbooks_that_are_too_long(tmp_path):
    with pytest.raises(table.TableError, match="line 3: expected 2 columns as in the first row, got 3"):
        read(tmp_path, workbook([["a", "b"], [1, 2], [3, 4, 5]]))


def parquet(frame):
    file = io.BytesIO()
    pl.DataFrame(frame).write_parquet(file, row_group_size=10)
    return file.getvalue()


def test_parquet_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(table_text, "FIELDS", 7)
    rng = np.random.default_rng(0)
    frame = {
        "a": rng.normal(size=50),
        "b": rng.integers(0, 9, 50),
        "text": ["x"] * 50,
        "c": rng.normal(size=50).astype(np.float32),
        "__index_level_0__": np.arange(50),
    }
    want = np.stack([frame["a"], frame["b"], frame["c"].astype(float)], axis=1)
    for pack in (bytes, gzip.compress):
        data = read(tmp_path, pack(parquet(frame)), columns=["a", "b", "c"])
        np.testing.assert_array_equal(numbers(data), want)
    with pytest.raises(table.TableError, match=r"row 1, column 3 \(text\): expected a number, got 'x'"):
        read(tmp_path, parquet(frame))
    frame["b"] = pl.Series([None if i == 30 else i for i in range(50)])
    with pytest.raises(table.TableError, match=r"row 31, column 2 \(b\): the value is missing"):
        read(tmp_path, parquet(frame), columns=["a", "b"])
    data = read(tmp_path, parquet(frame), exclude=["text"], drop_missing=True)
    assert data.dropped == 1 and data.rows == 49
    frame["b"] = [True, False] * 25
    with pytest.raises(table.TableError, match=r"row 1, column 2 \(b\): expected a number, got .true.;"):
        read(tmp_path, parquet(frame))
    with pytest.raises(table.TableError, match="expected a Parquet file, got a broken one"):
        read(tmp_path, parquet(frame)[:200])


def test_a_parquet_of_numbered_columns_has_names(tmp_path):
    data = read(tmp_path, parquet({"0": [1, 2], "1": [3.0, 5.0]}))
    assert data.names == ("0", "1") and data.rows == 2


# Not `ru_maxrss`, which begins with the peak of the process that started this one.
FLAT = """
import sys
from gmm_tf.cli import table
def peak():
    return int(dict(line.split(":") for line in open("/proc/self/status"))["VmHWM"].split()[0])
few = table.read(sys.argv[1], sys.argv[2])
before = peak()
many = table.read("-", sys.argv[2])
print(few.rows, many.rows, peak() - before)
"""


@pytest.mark.parametrize(
    ("times", "quote", "level"),
    [(21, "", 0), pytest.param(100, '"', 1, marks=pytest.mark.slow)],
)
def test_a_stream_of_any_length_stays_flat_in_memory(tmp_path, times, quote, level):
    lines = "".join(f"{quote}{i}.5{quote},{i % 7},{i % 11}\n" for i in range(50_000)).encode()
    (tmp_path / "few.csv").write_bytes(lines * 4)
    command = [sys.executable, "-c", FLAT, str(tmp_path / "few.csv"), str(tmp_path)]
    content = gzip.compress(lines * times, level) if level else lines * times
    done = subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True)
    few, many, kilobytes = map(int, done.stdout.split())
    # The text of 850,000 more rows takes 11 MB, and their numbers 20 MB. Blocks take 10 MB at any length.
    assert (few, many) == (200_000, 50_000 * times) and kilobytes < 20_000


@pytest.mark.parametrize(
    ("text", "options", "want"),
    [
        ("1,5;2,5\n3;4\n", {"decimal": ","}, [[1.5, 2.5], [3, 4]]),
        ("1,000\n2,500\n", {"thousands": ","}, [[1000], [2500]]),
        ("1 000\n2 500\n", {"thousands": " "}, [[1000], [2500]]),
        ("1 234\n2 500\n", {"thousands": " "}, [[1234], [2500]]),
        ("242,5\n2909,56\n", {"decimal": ","}, [[242.5], [2909.56]]),
        ("1'000;2\n2'500;3\n", {"thousands": "'"}, [[1000, 2], [2500, 3]]),
        ("1.000.000,5;2\n3;4\n", {"thousands": ".", "decimal": ","}, [[1000000.5, 2], [3, 4]]),
    ],
)
def test_no_first_row_of_numbers_is_lost(tmp_path, text, options, want):
    np.testing.assert_array_equal(numbers(read(tmp_path, text, **options)), want)


TABLES = st.lists(st.lists(st.floats(-1e15, 1e15), min_size=2, max_size=2), min_size=3, max_size=9)


@given(
    rows=TABLES,
    delimiter=st.sampled_from(",;\t| "),
    decimal=st.sampled_from(".,"),
    header=st.sampled_from(["", "a{}b\n", "x y{}z\n"]),
    end=st.sampled_from(["", ",\n", "\n\n", "\r\n", "\r"]),
)
def test_whatever_is_found_out_is_right_or_refused(tmp_path_factory, rows, delimiter, decimal, header, end):
    """Nothing is silently wrong: the numbers that were written, or an error."""
    assume(delimiter != decimal)
    line = [delimiter.join(repr(value).replace(".", decimal) for value in row) for row in rows]
    text = header.format(delimiter) + "\n".join(line) + "\n"
    text = text.replace("\n", end.replace(",", delimiter)) if end else text
    for options in ({}, {"decimal": decimal}, {"decimal": decimal, "delimiter": delimiter}):
        try:
            data = read(tmp_path_factory.mktemp("csv"), text, **options)
        except table.TableError:
            continue
        np.testing.assert_array_equal(numbers(data), rows)


def test_workbooks_that_openpyxl_cannot_read_are_told(tmp_path, monkeypatch):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.save(tmp_path / "data.xlsx")
    for failing in (
        IndexError("list index out of range"),
        TypeError("expected <class 'Fill'>"),
        KeyError("x"),
    ):

        def load(*_, failing=failing, **options):
            raise failing

        monkeypatch.setattr(openpyxl, "load_workbook", load)
        with pytest.raises(table.TableError, match="save it as CSV"):
            table.read(tmp_path / "data.xlsx", tmp_path, Options())


def test_a_parquet_file_of_any_name_is_read(tmp_path):
    pl.DataFrame({"a": [1.0, 2.0]}).write_parquet(tmp_path / "data[1].parquet")
    with closing(table.read(tmp_path / "data[1].parquet", tmp_path, Options())) as data:
        assert data.rows == 2
    pl.DataFrame().write_parquet(tmp_path / "empty.parquet")
    with pytest.raises(table.TableError, match="without any"):
        table.read(tmp_path / "empty.parquet", tmp_path, Options())
