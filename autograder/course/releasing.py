"""Make the student release of an assignment from its source, once both have been proven."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.proof import prove
from autograder.course.directory import Course, CourseError, environment_with_tools
from autograder.engine import grading, interview, submission
from autograder.engine.assignment import TEST, Assignment
from autograder.engine.grading import Result
from autograder.jail import DEFAULT_LIMITS, Jailed, Limits, Worker


def release(
    course: Course,
    assignment: str,
    limits: Limits = DEFAULT_LIMITS,
    jailed: Jailed = True,
    on_note: Callable[[str], None] = lambda words: None,
) -> Path:
    """Make the student release from the source, through nbgrader -> path of the release.

    Args:
        on_note: called with what the author of the judge should know.
    Raises:
        CourseError: ids do not fit, a solution shows, the judge fails its own tests, the reference does not
            get full marks, or the untouched release gets any; nothing is written then.
    """
    source = course.source(assignment)
    if not source.is_file():
        raise CourseError(f"Expected the source notebook {source}, found none.")
    solved = submission.read_release(source)
    rules = course.rules(assignment).for_notebook(solved)
    preload = interview.modules_to_preload(solved.cells)
    with Worker(limits, jailed, preload) as worker, tempfile.TemporaryDirectory() as folder:
        worker.launch()  # it imports TensorFlow while the judge is proven
        proof = prove(rules)
        for note in proof.notes:
            on_note(note)
        draft = generated(course, assignment, Path(folder))
        notebook = submission.read_release(draft)
        how = (notebook, rules, "release", limits, jailed, worker)
        faults = faults_of_release(notebook, rules) or faults_of_grades(  # without ids grades tell nothing
            grading.grade_notebook(source, *how), grading.grade_notebook(draft, *how)
        )
        if faults := [*proof.faults, *faults]:
            raise CourseError("The release is refused:\n  " + "\n  ".join(faults))
        target = course.release(assignment)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(draft, target)
    return target


def generated(course: Course, assignment: str, folder: Path) -> Path:
    """The release that nbgrader makes of the source, in a folder -> its path."""
    draft, source = Course(folder), course.source(assignment)
    draft.source(assignment).parent.mkdir(parents=True)
    shutil.copyfile(source, draft.source(assignment))
    shutil.copyfile(course.root / "nbgrader_config.py", draft.root / "nbgrader_config.py")
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", assignment],
        cwd=folder,
        env=environment_with_tools(),
        capture_output=True,
        text=True,
    )
    if run.returncode != 0 or not draft.release(assignment).is_file():
        raise CourseError(f"nbgrader could not make the release:\n{run.stderr.strip()[-2000:]}")
    return draft.release(assignment)


def faults_of_release(notebook: NotebookNode, rules: Assignment) -> list[str]:
    """What is wrong with the ids, the points and the cleared cells of a release notebook."""
    faults, cells = [], {}
    for cell in notebook.cells:
        identity = submission.grade_id(cell)
        if identity in cells:
            faults.append(f"the id {identity} is there twice")
        if identity:
            cells[identity] = cell
        if "### BEGIN SOLUTION" in cell.source:
            faults.append(f"a solution shows in cell {identity}")
    for task in rules.tasks:
        faults += [f"the cell {name} is missing" for name in (task.id, TEST + task.id) if name not in cells]
        if task.id in cells and submission.points(cells[task.id]) is not None:
            faults.append(f"the cell {task.id} has points; those of a task belong to {TEST}{task.id}")
        if TEST + task.id in cells and not task.points:
            faults.append(f"the cell {TEST}{task.id} has no points; give it some in nbgrader's toolbar")
    return faults


def faults_of_grades(reference: Result, release: Result) -> list[str]:
    """What is wrong with the results of the reference, and of the release as it is."""
    faults = [
        f"the reference gets {task.points} of {task.max} for {name} ({task.outcome}): "
        + "; ".join(finding.message for finding in task.findings)
        for name, task in reference.tasks.items()
        if task.points != task.max
    ]
    return faults + [
        f"the untouched release gets {task.points} of {task.max} for {name} without an answer"
        for name, task in release.tasks.items()
        if task.points
    ]
