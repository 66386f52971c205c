"""Honest notebooks with bad luck lose nothing for it."""

import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import unlucky_notebooks as unlucky

from autograder import tasks
from autograder.course import directory as course
from autograder.engine import grading, submission
from autograder.jail import DEFAULT_LIMITS, JAILS, Worker

ROOT = Path(__file__).parents[2]
SECRET = "unlucky"
# What one student can have all at once, each another kind of bad luck. `make test-slow` tries each alone.
AT_ONCE = {
    "cells and names": (
        "answers_in_another_cell",
        "add_to_class",
        "own_cell_magics",
        "pwd_and_env",
        "switched_off_cells",
        "copy_of_colab",
        "grad_is_a_gradient_now",
        "np_is_a_number_now",
    ),
    "stubs and objects": ("answer_below_the_stub", "class_replaced_by_model", "text_suffix"),
    "another assignment": ("memo_dictionaries",),
}


def parameters():
    """Each notebook in each kind of jail."""
    for kind in JAILS:
        for path in unlucky.paths():
            yield pytest.param(kind, path, id=f"{kind}-{path.parent.name}-{path.stem}")


@pytest.fixture(scope="module")
def worker(request):
    with Worker(jailed=request.param) as started:
        yield started


def originals(case):
    """The release and the solved notebook of a case's assignment."""
    name = case.assignment
    places = [ROOT / folder / name / f"{name}.ipynb" for folder in ("assignments", "solutions")]
    return submission.read_release(places[0]), nbformat.read(places[1], as_version=4)


def handed_in(case, release, solution, root):
    """What a course directory at `root` finds of this student's."""
    place, folder = course.Course(root), root / "submitted" / "student" / case.assignment
    place.release(case.assignment).parent.mkdir(parents=True)
    nbformat.write(release, place.release(case.assignment))
    folder.mkdir(parents=True)
    for name, content in unlucky.files(case, unlucky.notebook(case, release, solution)).items():
        (folder / name).write_bytes(content)
    return place.submissions(case.assignment)["student"]


def graded(case, root, worker):
    """The Result of a case, handed in below `root`."""
    release, solution = originals(case)
    found, assignment = handed_in(case, release, solution, root), tasks.load(case.assignment)
    if found.refusal:
        return grading.refused(assignment, found.refusal)
    return grading.grade_notebook(found.path, release, assignment, SECRET, worker=worker)


def unexpected_points(case, result):
    """{task: (points, lowest, highest)} of the tasks whose points are not as expected."""
    wrong = {}
    for name, task in result.tasks.items():
        low, high = case.points.get(name, (task.max, task.max))
        if not low - 0.005 <= task.points <= high + 0.005:
            wrong[name] = task.points, low, high
    return wrong


def words_of(result):
    """All that a student reads about a result."""
    findings = [finding for task in result.tasks.values() for finding in task.findings]
    flags = [flag.message for flag in result.flags]
    return "\n".join([*(f"{finding.message} {finding.hint}" for finding in findings), *flags])


@pytest.mark.parametrize("names", AT_ONCE.values(), ids=AT_ONCE)
def test_much_bad_luck_at_once_costs_nothing(names, shared_worker, tmp_path):
    found = {path.stem: unlucky.read(path) for path in unlucky.paths()}
    first, *others = (found[name] for name in names)
    transforms, edits = (
        sum((getattr(case, part) for case in (first, *others)), ()) for part in ("transforms", "edits")
    )
    shared_worker.limits = DEFAULT_LIMITS
    result = graded(first._replace(transforms=transforms, edits=edits), tmp_path, shared_worker)
    assert result.status == "graded"
    assert {name: task.findings for name, task in result.tasks.items() if task.points < task.max} == {}


@pytest.mark.slow
@pytest.mark.parametrize(("worker", "path"), [*parameters()], indirect=["worker"])
def test_bad_luck_costs_nothing(path, worker, tmp_path):
    case = unlucky.read(path)
    if "newer-python" in case.needs and sys.version_info < (3, 12):
        pytest.skip("needs Python 3.12 or later")
    result = graded(case, tmp_path, worker)
    words = words_of(result)
    if case.may_be_unreadable and result.status == "unreadable":
        assert any(word in words for word in case.explain), words
        return
    assert result.status == "graded", words
    assert unexpected_points(case, result) == {}, f"{case.story}\n{words}"
    lost = any(task.points < task.max for task in result.tasks.values())
    if lost and case.explain:
        assert any(word in words for word in case.explain), words


@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_a_case_without_edits_is_the_solved_release(assignment):
    case = unlucky.Case("plain", assignment, "", {}, False, (), (), (), ())
    release, solution = originals(case)
    made = unlucky.notebook(case, release, solution)
    ids = [unlucky.identity(cell) for cell in release.cells]
    assert [unlucky.identity(cell) for cell in made.cells] == ids
    read = submission.merge(made.cells, release)
    assert read.untouched == frozenset() and read.flags == () and read.added == ()
    assert not any("### BEGIN SOLUTION" in cell.source for cell in made.cells)


def test_blocks_change_the_notebook_in_order(tmp_path):
    path = tmp_path / "gmm-two-ways" / "story.py"
    path.parent.mkdir()
    path.write_text(
        "# unlucky: A story.\n# expect: mstep 3-4.5\n# explain: this|that\n# file: bom\n"
        "# %% after loss\none = 1\n# %% after loss\ntwo = 2\n# %% top loss\n%%time\n"
        "# %% copy train\nthree = 3\n# %% move mstep after make_data\n# %% delete given_grad\n"
        "# %% last\n%reset -f\n"
    )
    case = unlucky.read(path)
    assert case.points == {"mstep": (3.0, 4.5)} and case.explain == ("this", "that")
    cells = unlucky.notebook(case, *originals(case)).cells
    ids = [unlucky.identity(cell) for cell in cells]
    sources = [cell.source for cell in cells]
    assert sources[ids.index("loss") + 1 :][:2] == ["one = 1", "two = 2"]
    assert sources[ids.index("loss")].startswith("%%time\ndef loss")
    assert ids.count("train") == 2 and sources[ids.index("train") + 1] == "three = 3"
    assert ids.index("mstep") == ids.index("make_data") + 1
    assert "given_grad" not in ids and sources[-1] == "%reset -f"
    assert list(unlucky.files(case, nbformat.v4.new_notebook())) == ["gmm-two-ways.ipynb"]


@pytest.mark.parametrize("line", ["# expect: nearly full", "# hello"])
def test_headers_with_slips_are_refused(tmp_path, line):
    path = tmp_path / "case.py"
    path.write_text(f"# unlucky: A story.\n{line}\n")
    with pytest.raises(ValueError, match="expected"):
        unlucky.read(path)


def test_every_expected_task_exists():
    for path in unlucky.paths():
        case = unlucky.read(path)
        known = {task.id: task.points for task in tasks.load(case.assignment).tasks}
        assert case.story and set(case.points) <= set(known)
        assert all(0 <= low <= high <= known[name] for name, (low, high) in case.points.items())
