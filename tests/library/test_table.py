"""Reading CSV: what comes out is what was written, whatever the chunks; errors name line and column."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_tf import table

PLAIN = "a,b\n1,2\n3,4.5\n-1e3,6\n"
NUMBERS = [[1, 2], [3, 4.5], [-1000, 6]]


def read(tmp_path, text, **options):
    path = tmp_path / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return table.read(path, tmp_path, **options)


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
        (PLAIN.replace(",", ";"), {"delimiter": ";"}),
        (PLAIN.replace(",", "\t"), {"delimiter": "\t"}),
        (PLAIN.replace(",", "   "), {"delimiter": " "}),
        (PLAIN.replace("1,2", '"1","2"'), {}),
        ('"a\nwith, two lines",b\n' + PLAIN[4:], {"columns": ["1", "b"]}),
        ("b,text,a\n2,x,1\n4.5,\"y, \n z\",3\n6,u,-1000\n", {"columns": ["a", "b"]}),
        ("b,text,a\n2,x,1\n4.5,y,3\n6,u,-1000\n", {"columns": ["3", "1"]}),
        (PLAIN.replace("3,4.5", "NA,7\n3,4.5\n8,\nnan,null"), {"drop_missing": True}),
        ("x,a,b\n,1,2\n,3,4.5\n,-1000,6\n", {"columns": ["a", "b"]}),
    ],
)
@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_every_way_to_write_the_same_numbers(tmp_path, monkeypatch, text, options, chunk):
    monkeypatch.setattr(table, "CHUNK", chunk)
    data = read(tmp_path, text, **options)
    np.testing.assert_array_equal(numbers(data), NUMBERS)
    assert data.dropped == 3 * ("NA" in str(text)) and data.header


@given(
    rows=st.lists(st.tuples(st.floats(-1e100, 1e100), st.floats(-1e-3, 1e-3)), min_size=2, max_size=40),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    chunk=st.integers(1, 200),
    header=st.booleans(),
)
def test_doubles_come_back_exactly(tmp_path_factory, rows, quoting, chunk, header):
    if any(low == high for low, high in zip(np.min(rows, axis=0), np.max(rows, axis=0), strict=True)):
        return
    file = io.StringIO()
    writer = csv.writer(file, quoting=quoting)
    writer.writerows([["x", "y"]] * header + rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "CHUNK", chunk)
        try:
            data = read(tmp_path_factory.mktemp("csv"), file.getvalue())
        except table.TableError as error:
            assert "squares" in str(error)
            return
    np.testing.assert_array_equal(numbers(data), rows)
    np.testing.assert_allclose(data.mean, np.mean(rows, axis=0), rtol=1e-10, atol=1e-12 * np.ptp(rows))
    np.testing.assert_allclose(data.std, np.std(rows, axis=0), rtol=1e-10)


@pytest.mark.parametrize(
    ("text", "names", "header"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b"), True),
        ("1,2\n3,4\n", ("column 1", "column 2"), False),
        (",b\n1,2\n3,4\n", ("column 1", "b"), True),
        ("a,\n1,2\n3,4\n", ("a", "column 2"), True),
    ],
)
def test_header_is_detected(tmp_path, text, names, header):
    data = read(tmp_path, text)
    assert (data.names, data.header) == (names, header)
    np.testing.assert_array_equal(numbers(data), [[1, 2], [3, 4]])


def test_header_of_numbers_needs_a_word(tmp_path):
    text = "2019,2020\n1,2\n3,4\n"
    assert read(tmp_path, text).rows == 3
    data = read(tmp_path, text, header="yes", columns=["2020"])
    assert data.names == ("2020",)
    np.testing.assert_array_equal(numbers(data), [[2], [4]])


LONG = "a,b\n" + "1,2\n3,4\n" * 50


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
        ("1;2\n3;4\n", {}, "pass --delimiter ';'"),
        ("a;b\n1;2\n3;4\n", {}, "line 2, column 1 (a;b): expected a number, got '1;2'; pass --delimiter ';'"),
        ("a;b\n1,5;2\n", {"delimiter": ";"}, "write decimals with a point"),
        ("x,1\n1,2\n", {}, "pass --header yes"),
        ("a,b\n", {}, "expected rows of numbers, got none"),
        ("", {}, "expected rows of numbers, got none"),
        ("a\nNA\n", {"drop_missing": True}, "1 with missing values were skipped"),
        ("a,b\n1,2\n1,3\n", {}, "expected numbers that differ in a, got 1 in all 2 rows"),
        ("a\n1e200\n-1e200\n", {}, "change its unit"),
        (LONG, {"columns": ["c"]}, "got 'c', which is neither"),
        (LONG, {"columns": ["3"]}, "by name (a, b) or by number (1 to 2), got '3'"),
        (LONG, {"columns": ["a", "1"]}, "each column once"),
        ("a,a\n1,2\n", {"columns": ["a"]}, "which several columns have"),
        ("a,b\n1,2\n".encode("utf-16"), {}, "export it as CSV UTF-8"),
        (b"\x1f\x8b\x00\x01\n", {}, "export it as CSV UTF-8"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_errors_name_the_place_and_the_remedy(tmp_path, monkeypatch, text, options, message, chunk):
    monkeypatch.setattr(table, "CHUNK", chunk)
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
