"""A student's cells go into the release by id; everything else comes from the release."""

import copy
import json

import nbformat
import pytest

from autograder import submission
from autograder.submission import Unreadable


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
    source = next(cell.source for cell in merged.cells if cell.id == "given_imports")
    assert source.endswith("import math\nfrom scipy import stats as st\nnorm = st.norm")
    assert "gpus = None" not in source


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


def test_skipped_cells_and_tests_do_not_run(release, cells):
    run = {cell.id for cell in submission.merge(cells, release).cells}
    tagged = {
        submission.grade_id(c) for c in release.cells if "skip-grading" in c.metadata.get("tags", ())
    }
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
