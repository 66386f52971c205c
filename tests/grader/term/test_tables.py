"""CSV files are read as Python's csv module reads them, and change in one column only."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.directory import CourseError
from autograder.course.term import giveback, roster, tables
from autograder.report import spreadsheet

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["=cmd()", "a,b", 'say "hi"', "two\nlines", "'=x", "-1", "@x", "李雷", "", "1,5"]
)
ROWS = st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=6)
DIALECTS = st.tuples(st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())


def made(rows, delimiter, ending, bom, quoted):
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows([["a", "b", "c"], *rows])
    return ("\ufeff" * bom + text.getvalue()).encode()


@given(ROWS, DIALECTS)
def test_a_table_is_read_as_pythons_csv_reads_it(rows, dialect):
    table = tables.parsed(made(rows, *dialect))
    text = table.text.removeprefix("\ufeff")
    expected = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=dialect[0])]
    assert [[cell.value for cell in row] for row in table.rows] == [row or [""] for row in expected]


@given(ROWS, DIALECTS, WORDS)
def test_filling_a_column_changes_nothing_else(rows, dialect, word):
    table = tables.parsed(made(rows, *dialect))
    values = {number: word for number in range(1, len(table.rows), 2)}
    after = tables.parsed(tables.filled(table, 1, values).encode(table.encoding))
    for number, (old, new) in enumerate(zip(table.rows, after.rows, strict=True)):
        assert [cell.value for cell in new] == [
            word if column == 1 and number in values else cell.value for column, cell in enumerate(old)
        ]
        for column in (0, 2):
            kept = [t.text[row[column].start : row[column].end] for t, row in ((table, old), (after, new))]
            assert kept[0] == kept[1]
    assert tables.filled(table, 1, {}) == table.text


@given(st.binary(max_size=200))
def test_any_bytes_come_back(content):
    text, encoding = tables.decoded(content)
    assert text.encode(encoding) == content


@given(WORDS | st.text(max_size=5))
def test_what_is_made_inert_comes_back_and_is_no_formula(word):
    assert spreadsheet.plain(spreadsheet.inert(word)) == word
    assert spreadsheet.inert(word)[:1] not in tuple("=+-@\t\r")


@given(st.text(st.characters(exclude_characters='"'), max_size=8))
def test_a_name_that_canvas_wrote_as_a_formula_is_the_name(name):
    assert spreadsheet.plain(f'="{name}"') == name


def test_a_workbook_is_named(tmp_path):
    (tmp_path / "list.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(CourseError, match="save it as CSV"):
        tables.read(tmp_path / "list.xlsx")


def test_commas_in_titles_are_no_delimiters():
    text = "Student;ID;" + ";".join(f"Week {n}: a, b, c ({n})" for n in range(9)) + "\n"
    assert len(tables.parsed(text.encode()).header) == 11


def test_a_row_with_ids_of_two_students_is_told_and_left_alone():
    people = {
        "S1": roster.Person("S1", sis_id="S1", email="ann@x.edu"),
        "S2": roster.Person("S2", sis_id="S2", email="bo@x.edu"),
    }
    lines = [",".join([*giveback.MOODLE.header, "Grade"]), "Ann,Otieno,S1,bo@x.edu,", ""]
    table = tables.parsed("\n".join(lines).encode())
    wanted = giveback.Wanted(giveback.MOODLE, {"S1": 80.0, "S2": 70.0}, people, 100.0, ["hw"], "Grade")
    found = giveback.filled(table, wanted)
    assert found.text == table.text
    assert found.notes[0] == "Row 2 (Ann Otieno) has ids of S1 and S2: correct roster.csv."
