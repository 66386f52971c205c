"""A student's cells go into the release by id; everything else comes from the release."""

import copy
import json
import time
import tracemalloc
from pathlib import Path

import nbformat
import pytest

from autograder.engine import outline, submission, syntax
from autograder.engine.submission import Unreadable

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "gmm-two-ways"


def as_submitted(notebook):
    return [
        {"cell_type": c.cell_type, "source": c.source, "metadata": json.loads(json.dumps(c.metadata))}
        for c in notebook.cells
    ]


def place(cells, identity):
    return next(i for i, cell in enumerate(cells) if submission.grade_id(cell) == identity)


@pytest.fixture
def cells(release):
    return as_submitted(release)


def test_the_untouched_release_is_untouched(release, cells):
    merged = submission.merge(cells, release)
    assert merged.untouched == set(merged.answers)
    assert merged.added == () and merged.flags == ()


def test_an_answer_is_taken_and_edited_tests_and_points_are_not(release, cells):
    cells[place(cells, "mstep")]["source"] = "def mstep(x, posterior):\n    return 1, 2, 3"
    test = cells[place(cells, "test_mstep")]
    test["source"], test["metadata"]["nbgrader"]["points"] = "pass", 1000
    merged = submission.merge(cells, release)
    assert merged.answers["mstep"].endswith("return 1, 2, 3")
    ours = merged.notebook.cells[place(merged.notebook.cells, "test_mstep")]
    assert submission.points(ours) == 15 and ours.source != "pass"
    assert [flag.id for flag in merged.flags] == ["edited-checks"]


def test_deleted_cells_come_back_and_deleted_answers_are_missing(release, cells):
    kept = [c for c in cells if submission.grade_id(c) not in ("mstep", "test_mstep", "given_grad")]
    merged = submission.merge(kept, release)
    assert "mstep" in merged.untouched
    assert {"given_grad", "mstep"} <= {cell.id for cell in merged.cells}


def test_the_last_changed_copy_counts_and_is_flagged(release, cells):
    at = place(cells, "mstep")
    first, last = copy.deepcopy(cells[at]), copy.deepcopy(cells[at])
    first["source"], last["source"] = "def mstep(x, r): return 1", "def mstep(x, r): return 2"
    cells[at : at + 1] = [first, last, copy.deepcopy(cells[at])]
    merged = submission.merge(cells, release)
    assert merged.answers["mstep"] == "def mstep(x, r): return 2"
    run = [cell.source for cell in merged.cells]
    assert run.index(first["source"]) == run.index(last["source"]) - 1  # a split cell needs both
    assert [flag.id for flag in merged.flags] == ["duplicate-cell"]


def test_added_cells_stay_where_they_were(release, cells):
    at = place(cells, "mstep")
    cells.insert(at, {"cell_type": "code", "source": "helper = 1", "metadata": {}})
    merged = submission.merge(cells, release)
    names = [cell.source for cell in merged.cells]
    assert names.index("helper = 1") == names.index(merged.answers["mstep"]) - 1


def test_imports_and_new_names_added_to_a_given_cell_stay_and_other_edits_do_not(release, cells):
    given = cells[place(cells, "given_imports")]
    added = "%matplotlib inline\nimport math\nfrom scipy import stats as st\nnorm = st.norm\ngpus = None\n"
    given["source"] = added + given["source"]
    merged = submission.merge(cells, release)
    sources = [cell.source for cell in merged.cells]
    at = next(n for n, cell in enumerate(merged.cells) if cell.id == "given_imports")
    assert sources[at] == release.cells[place(as_submitted(release), "given_imports")].source
    assert sources[at + 1].endswith("import math\nfrom scipy import stats as st\nnorm = st.norm")
    assert not any("gpus = None" in source for source in sources)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("guess_humps", "guess_humps = 3\nHALF = 0.5"),  # a cell that grading skips
        ("given_plot_data", "import math\nHALF = 0.5"),
        ("given_imports", "rng = np.random.default_rng(0)"),  # a name of a cell that never runs
        ("given_ground_truth", "TABLE = {}\nTABLE['a'] = 1\nTABLE.update(b=2)"),
    ],
)
def test_what_is_added_to_given_cells_runs(release, cells, cell, text):
    given = cells[place(cells, cell)]
    given["source"] = text if cell.startswith("guess") else f"{given['source']}\n{text}"
    own = text.replace("guess_humps = 3\n", "")
    assert own in [ran.source for ran in submission.merge(cells, release).cells]


def test_both_halves_of_a_given_cell_count(release, cells):
    at = place(cells, "given_ground_truth")
    first, second = copy.deepcopy(cells[at]), copy.deepcopy(cells[at])
    head, tail = cells[at]["source"].split("\n", 2)[:2], cells[at]["source"].split("\n", 2)[2]
    first["source"], second["source"] = "\n".join(head) + "\nFLOOR = 1e-9", tail + "\nROOF = 1e9"
    cells[at : at + 1] = [first, second]
    ran = "\n".join(cell.source for cell in submission.merge(cells, release).cells)
    assert ran.index("FLOOR = 1e-9") < ran.index("ROOF = 1e9")


def test_new_names_added_to_a_check_run_and_the_check_does_not(release, cells):
    check = cells[place(cells, "test_mstep")]
    check["source"] += "\ndef helper(x): return x\n"
    merged = submission.merge(cells, release)
    assert "def helper(x): return x" in [cell.source for cell in merged.cells]
    assert [flag.id for flag in merged.flags] == ["edited-checks"]


def test_comments_and_layout_do_not_make_an_answer(release, cells):
    cell = cells[place(cells, "mstep")]
    cell["source"] = "# my answer\n\n" + cell["source"] + "\n\n# later\n"
    assert "mstep" in submission.merge(cells, release).untouched


def test_a_stub_does_not_replace_a_function_from_another_cell(release, cells):
    cells.insert(place(cells, "mstep"), nbformat.v4.new_code_cell("def mstep(x, posterior):\n    return 1"))
    read = submission.merge(cells, release)
    assert "mstep" in read.untouched and "mstep" not in {cell.id for cell in read.cells}
    assert "mstep" in {submission.grade_id(cell) for cell in read.notebook.cells}


@pytest.mark.parametrize(
    "text",
    [
        ">>> def mstep(x, p):\n...     return '>>> a'\n>>> 1 + 1",
        "\nIn [3]: def mstep(x, p):\n   ...:     return '>>> a'\n   ...: 1 + 1",
    ],
)
def test_prompts_of_a_terminal_are_left_out(release, cells, text):
    read = submission._cells({"cells": [{**cells[place(cells, "mstep")], "source": text}]})
    answer = submission.merge(read, release).answers["mstep"]
    assert [line.rstrip() for line in answer.strip().splitlines()] == [
        "def mstep(x, p):",
        "    return '>>> a'",
        "1 + 1",
    ]


def test_skipped_cells_and_tests_do_not_run(release, cells):
    run = {cell.id for cell in submission.merge(cells, release).cells}
    tagged = {submission.grade_id(c) for c in release.cells if "skip-grading" in c.metadata.get("tags", ())}
    assert tagged and not run & tagged
    assert not any(identity.startswith("test_") for identity in run)


def nested(depth):
    return '{"cells":' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "not-a-notebook"),
        (b"\x00\x01\x02", "not-a-notebook"),
        (b"[]", "not-a-notebook"),
        (b"{}", "not-a-notebook"),
        (b'{"cells": 3}', "not-a-notebook"),
        (b'{"cells": []}', "empty"),
        (b'{"cells": [3, null, {"source": 5}]}', "empty"),
        (nested(20_000).encode(), "not-a-notebook"),
        (b'{"cells": [{"cell_type": "code", "source": "1", "metadata": {}}]}', "wrong-assignment"),
        (
            b'{"cells": [{"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": []}}}]}',
            "wrong-assignment",
        ),
        (b'{"cells": "' + b" " * (21 << 20) + b'"}', "too-large"),
    ],
)
def test_what_is_not_a_submission_is_refused_with_a_reason(tmp_path, release, content, reason):
    path = tmp_path / "n.ipynb"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        submission.read(path, release)
    assert refusal.value.id == reason
    assert str(refusal.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path, release):
    for path in (tmp_path, tmp_path / "none.ipynb"):
        with pytest.raises(Unreadable) as refusal:
            submission.read(path, release)
        assert refusal.value.id == "not-a-notebook"


def test_lone_surrogates_do_not_break_the_merged_notebook(tmp_path, release, cells):
    cells[place(cells, "mstep")]["source"] = "x = '\ud800'"
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    nbformat.writes(submission.read(path, release).notebook).encode()


# --- what platforms and editors do to a notebook --------------------------------------------------


@pytest.fixture(scope="module")
def solved():
    """The solution's cells, with written answers."""
    path = ROOT / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cells = as_submitted(nbformat.read(path, as_version=4))
    for cell in cells:
        if cell["cell_type"] == "markdown" and submission.is_answer(cell):
            cell["source"] = f"My answer to {submission.grade_id(cell)}: “it depends”."
    return cells


def written(tmp_path, cells, **about):
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, **about}), encoding="utf-8")
    return path


def ids(merged):
    return [flag.id for flag in merged.flags]


def without_ids(cells, keep=()):
    cells = copy.deepcopy(cells)
    for cell in cells:
        if submission.grade_id(cell) not in keep:
            cell["metadata"].pop("nbgrader", None)
    return cells


def renamed(cells):
    cells = copy.deepcopy(cells)
    for place, cell in enumerate(cells):
        cell["metadata"]["nbgrader"] = {"grade_id": f"cell-{place}", "solution": True}
    return cells


@pytest.mark.parametrize("convert", [without_ids, renamed])
def test_cells_that_lost_their_ids_are_found_again(release, solved, convert):
    expected = submission.merge(solved, release)
    merged = submission.merge(convert(solved), release)
    assert expected.flags == () and ids(merged) == ["ids-restored"]
    assert merged.answers == expected.answers and merged.untouched == frozenset()
    assert merged.cells == expected.cells and merged.added == ()
    assert all(identity in merged.flags[0].message for identity in expected.answers)


def test_cells_of_the_students_own_stay_where_they_were_though_ids_are_lost(release, solved):
    cells = without_ids(solved)
    at = place(solved, "mstep")
    cells.insert(at, {"cell_type": "code", "source": "EPS = 1e-9", "metadata": {}})
    cells.insert(at, {"cell_type": "markdown", "source": "A note of mine.", "metadata": {}})
    merged = submission.merge(cells, release)
    run = [cell.source for cell in merged.cells]
    assert run.index("EPS = 1e-9") == run.index(merged.answers["mstep"]) - 1
    assert ids(merged) == ["ids-restored"] and merged.untouched == frozenset()


def test_one_lost_id_is_found_again_and_the_others_count_as_before(release, solved):
    for lost in ("mstep", "means_mse"):
        cells = copy.deepcopy(solved)
        cells[place(cells, lost)]["metadata"] = {}
        merged = submission.merge(cells, release)
        assert ids(merged) == ["ids-restored"] and merged.flags[0].message.endswith(f": {lost}.")
        assert merged.answers == submission.merge(solved, release).answers


def test_what_could_be_either_of_two_cells_is_neither(release, solved):
    cells, at = without_ids(solved), place(solved, "mstep")
    cells.insert(at, {**cells[at], "source": "def mstep(x, posterior):\n    return None"})
    at = next(n for n, cell in enumerate(cells) if "means_mse" in cell["source"])
    cells.insert(at, {**cells[at], "source": "Another text."})
    merged = submission.merge(cells, release)
    assert merged.untouched == {"mstep", "means_mse"} and merged.answers["means_mse"] == ""
    assert sum("def mstep" in source for source in merged.added) == 2  # both still run


def test_a_function_that_was_moved_behind_what_it_needs_stays_there(release, solved):
    cells = copy.deepcopy(solved)
    moved = cells.pop(place(cells, "mstep"))
    moved["metadata"], moved["source"] = {}, moved["source"].replace("posterior):", "posterior, eps=EPS):")
    cells += [{"cell_type": "code", "source": "EPS = 0", "metadata": {}}, moved]
    merged = submission.merge(cells, release)
    assert merged.added == ("EPS = 0", moved["source"]) and ids(merged) == []


@pytest.mark.parametrize("names", [["loss"], ["loss", "some_other_function"], []])
def test_one_function_of_a_common_name_makes_no_submission(release, names):
    cells = [{"cell_type": "code", "source": f"def {name}(x): return x", "metadata": {}} for name in names]
    with pytest.raises(Unreadable) as refusal:
        submission.merge(cells, release)
    assert refusal.value.id == "wrong-assignment"


def every_line(change):
    def changed(cells):
        cells = copy.deepcopy(cells)
        for cell in cells:
            cell["source"] = "\n".join(map(change, cell["source"].split("\n")))
        return cells

    return changed


def code(change):
    def changed(cells):
        cells = copy.deepcopy(cells)
        for cell in cells:
            if cell["cell_type"] == "code":
                cell["source"] = change(cell["source"])
        return cells

    return changed


HARMLESS = {
    "as it is": code(lambda source: source),
    "line ends of Windows": every_line(lambda line: line + "\r"),
    "line ends of an old Mac": code(lambda source: source.replace("\n", "\r")),
    "line ends of Unicode": code(lambda source: source.replace("\n", "\u2028")),
    "Unicode's line ends in a comment": code(lambda source: source + "\n# one\u2028# two\u2029"),
    "titles of Colab": code(lambda source: "#@title Run me\n# @markdown Some words.\n" + source),
    "a form of Colab": code(lambda source: source + '\n# @param {type:"slider", min:0}'),
    "trailing space": code(lambda source: source + "\n\n   \n"),
    "comments": code(lambda source: "# Cell\n\n" + source),
    "a timing magic": code(lambda source: "%%time\n" + source if not source.startswith("%") else source),
}


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("lost", [False, True])
def test_what_editors_change_is_no_edit_of_a_check(tmp_path, release, solved, name, lost):
    cells = HARMLESS[name](without_ids(solved) if lost else solved)
    merged = submission.read(written(tmp_path, cells), release)
    assert ids(merged) == (["ids-restored"] if lost else [])
    assert merged.untouched == frozenset() and merged.added == ()
    assert all(syntax.is_python(cell.source) for cell in merged.cells)
    assert {"\r", "\u2028"} & set("".join(merged.answers.values())) <= {"\u2028"}


def test_a_check_that_says_something_else_is_an_edited_one(tmp_path, release, solved):
    changes = lambda s: s + "\nx = 1", lambda s: s.replace("15", "16"), lambda s: "", lambda s: s + "\n("
    for change in changes:
        cells = copy.deepcopy(solved)
        check = cells[place(cells, "test_mstep")]
        check["source"] = change(check["source"] + "\n15")
        assert ids(submission.read(written(tmp_path, cells), release)) == ["edited-checks"]


def test_separators_inside_of_a_string_stay(tmp_path, release, solved):
    cells = copy.deepcopy(solved)
    cells[place(cells, "mstep")]["source"] += '\nnote = "one\u2028two"\n'
    merged = submission.read(written(tmp_path, cells), release)
    assert "one\u2028two" in merged.answers["mstep"]
    assert "note" in outline.names_set((merged.answers["mstep"],))


@pytest.mark.parametrize("lost", [False, True])
def test_a_notebook_of_format_3_is_read(tmp_path, release, solved, lost):
    cells = [
        {
            ("input" if cell["cell_type"] == "code" else "source"): cell["source"],
            "cell_type": cell["cell_type"],
            "metadata": cell["metadata"],
        }
        for cell in (without_ids(solved) if lost else solved)
    ]
    path = tmp_path / "n.ipynb"
    sheets = [{"cells": cells[:20]}, {"cells": cells[20:]}]
    path.write_text(json.dumps({"nbformat": 3, "worksheets": sheets, "metadata": {}}))
    merged = submission.read(path, release)
    assert merged.answers == submission.merge(solved, release).answers
    assert ids(merged) == (["ids-restored"] if lost else [])


def test_another_encoding_is_read_and_flagged(tmp_path, release, solved):
    cells = copy.deepcopy(solved)
    cells[place(cells, "means_mse")]["source"] = "Für σ gilt: “naïve”, 5 €."
    path = written(tmp_path, cells)
    text = json.dumps({"cells": cells}, ensure_ascii=False)
    for encoding, flags in (("utf-8", []), ("utf-16", []), ("utf-8-sig", []), ("cp1252", ["encoding"])):
        path.write_bytes(text.encode(encoding, "replace"))
        merged = submission.read(path, release)
        assert ids(merged) == flags
        assert "Für" in merged.answers["means_mse"] and "“naïve”, 5 €" in merged.answers["means_mse"]


def test_cells_without_metadata_are_cells(tmp_path, release, solved):
    cells = [*copy.deepcopy(solved), {"cell_type": "code", "source": "extra = 1", "metadata": None}]
    assert submission.read(written(tmp_path, cells), release).added == ("extra = 1",)


# --- what cannot be written out, or is nested too deep --------------------------------------------

HUGE, DEEP = "0x" + "f" * 6000, "x" + ".a" * 900


@pytest.mark.parametrize(
    "text",
    [
        f"BIG = {HUGE}",
        f"{HUGE}.bit_length()",
        f"def helper(x={HUGE}): return x",
        f"BIG = {DEEP}",
        DEEP + "()",
        "BIG = " + "-" * 3000 + "1",
        "BIG = " + "x" + "[0]" * 2500,
        "BIG = " + "(" * 150 + "1" + ")" * 150,
        "BIG = " + "+".join("1" * 3000),
        "x = '\\ud800'",
        f"class BIG:\n  y = {HUGE}",
        f"raise Error({HUGE})",
        "if x:\n a\n" + "elif x:\n a\n" * 2000,
        "BIG = f'{" + HUGE + "}'",
        f"import os; BIG = {HUGE}",
        "lambda: " * 3000 + "1",
        "9" * 5000,
        "@x\ndef f(): pass\nBIG = 1",
        "from __future__ import nothing",
    ],
)
def test_no_source_makes_a_submission_unreadable(release, solved, text):
    cells = copy.deepcopy(solved)
    for where in ("given_imports", "mstep", "test_mstep", "means_mse"):
        cells[place(cells, where)]["source"] += "\n" + text
    cells.append({"cell_type": "code", "source": text, "metadata": {}})
    merged = submission.merge(cells, release)
    assert set(merged.answers) == {submission.grade_id(c) for c in release.cells if submission.is_answer(c)}
    assert merged.untouched == frozenset()


def peak_of_reading(path):
    """Bytes that reading a submission takes, and why it was refused."""
    tracemalloc.start()
    with pytest.raises(Unreadable) as refusal:
        submission.read_cells(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, refusal.value


# `make test` lets all limits be a tenth.
@pytest.mark.parametrize("tenths", [1, pytest.param(10, marks=pytest.mark.slow)])
@pytest.mark.parametrize("part", ["[],", "{},", '"ab",', "[[]],"])
def test_a_file_of_nothing_but_values_is_refused_before_they_take_memory(tmp_path, monkeypatch, part, tenths):
    for limit in ("SIZE_LIMIT", "VALUES_LIMIT"):
        monkeypatch.setattr(submission, limit, getattr(submission, limit) * tenths // 10)
    path = tmp_path / "values.ipynb"
    path.write_text('{"cells": [' + part * ((19 << 20) * tenths // 10 // len(part)) + "1]}")
    peak, refusal = peak_of_reading(path)
    assert refusal.id == "too-large" and "clear the outputs" in str(refusal)
    assert peak < 5 * submission.SIZE_LIMIT


def test_brackets_and_commas_within_outputs_do_not_count(tmp_path, release):
    notebook = copy.deepcopy(release)
    text = '[0, {"a": [1, 2]}],\n' * 500_000
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text=text)]
    document = json.loads(nbformat.writes(notebook))
    next(cell for cell in document["cells"] if cell["cell_type"] == "code")["outputs"][0]["text"] = text
    path = tmp_path / "printed.ipynb"
    path.write_text(json.dumps(document))
    assert path.read_text().count(",") + path.read_text().count("[") > submission.VALUES_LIMIT
    assert len(submission.read_cells(path)[0]) == len(release.cells)


def text(source, **pictures):
    return {"cell_type": "markdown", "source": source, "metadata": {}, "attachments": pictures}


def picture(data):
    return {"image/png": data}


def test_text_and_pictures_below_a_written_question_belong_to_its_answer(release, cells):
    at = place(cells, "means_mse")
    cells[at]["source"] += "\nSee ![a](attachment:image.png)"
    cells[at]["attachments"] = {"image.png": picture("AAAA")}
    cells.insert(at + 1, text("And ![b](attachment:image.png).", **{"image.png": picture("BBBB")}))
    cells.insert(at + 2, {"cell_type": "code", "source": "helper = 1", "metadata": {}})
    cells.insert(at + 3, text("It diverges."))
    merged = submission.merge(cells, release)
    answer = merged.answers["means_mse"]
    assert "means_mse" not in merged.untouched and answer.endswith("It diverges.")
    ours = merged.notebook.cells[place(merged.notebook.cells, "means_mse")]
    shown = {name: files["image/png"] for name, files in ours.attachments.items()}
    assert len(shown) == 2 and all(f"attachment:{name}" in answer for name in shown)
    assert shown["image.png"] == "AAAA" and set(shown.values()) == {"AAAA", "BBBB"}
    nbformat.validate(merged.notebook)


def test_text_elsewhere_is_no_answer(release, cells):
    cells.insert(0, text("My notes."))
    cells.insert(place(cells, "mstep") + 1, text("My notes."))
    merged = submission.merge(cells, release)
    assert merged.untouched == set(merged.answers)


def test_a_release_of_an_older_format_is_read(tmp_path, release):
    older = json.loads(nbformat.writes(release)) | {"nbformat_minor": 0}
    for cell in older["cells"]:
        del cell["id"]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(older))
    read = submission.read_release(path)
    nbformat.validate(read)
    assert submission.merge(as_submitted(read), read).untouched
    assert nbformat.writes(read) == nbformat.writes(submission.read_release(path))


def test_thousands_of_attachments_cost_the_grader_little(release, cells):
    at = place(cells, "means_mse")
    many = {str(n): picture("AAAA") for n in range(20_000)}
    cells[at]["attachments"] = many
    for n in range(1000):
        other = {name: picture(str(n)) for name in list(many)[:1000]}
        cells.insert(at + 1, text("attachment:1 " * 1000, **other))
    start = time.process_time()
    merged = submission.merge(cells, release)
    assert time.process_time() - start < 5
    assert (
        len(merged.notebook.cells[place(merged.notebook.cells, "means_mse")].attachments)
        <= submission.PICTURES
    )
