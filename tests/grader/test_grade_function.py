"""`from autograder import grade`: one notebook, no course, no gradebook."""

from pathlib import Path

import pytest

import autograder
from autograder.jail import process as jail

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "gmm-two-ways"
CHEN = ROOT / "examples" / "submitted" / "chen" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


def test_it_grades_where_there_is_no_course(tmp_path, monkeypatch, borrowed_worker):
    monkeypatch.chdir(tmp_path)
    result = autograder.grade(ASSIGNMENT, CHEN)
    assert (result.status, result.automatic) == ("graded", 70)
    assert [f.id for f in result.tasks["gmm_model"].findings] == ["tf-variable-not-tracked"]
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_has_the_reason(tmp_path):
    (tmp_path / "a.ipynb").write_text("")
    result = autograder.grade(ASSIGNMENT, tmp_path / "a.ipynb")
    assert result.status == "unreadable" and [flag.id for flag in result.flags] == ["empty"]
    with pytest.raises(KeyError, match="gmm-two-ways"):
        autograder.grade("another", CHEN)


def test_without_a_jail_nothing_runs(monkeypatch):
    def none(wanted):
        raise jail.JailUnavailable("no bwrap")

    monkeypatch.setattr(jail, "kind_here", none)
    with pytest.raises(jail.JailUnavailable):
        autograder.grade(ASSIGNMENT, CHEN)
