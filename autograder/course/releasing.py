"""Test an assignment's source and judge, and make the student release from the source."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.proof import prove
from autograder.course.atomic import write
from autograder.course.directory import Course, CourseError, environment_with_tools
from autograder.course.term.history import SUMS
from autograder.engine import answers, grading, interview, submission
from autograder.engine.assignment import TEST, Assignment
from autograder.jail import DEFAULT_LIMITS, Jailed, Limits, Worker

OnNote = Callable[[str], None]
SECRET = "release"
# A reference that takes a larger share of a task's time limit leaves too little for slower right answers.
LARGEST_SHARE = 0.2


def release(
    course: Course,
    assignment: str,
    limits: Limits = DEFAULT_LIMITS,
    jailed: Jailed = True,
    on_note: OnNote = lambda words: None,
) -> Path:
    """Make the student release from the source, through nbgrader -> path of the release.

    Args:
        on_note: called with what the author of the judge should know.
    Raises:
        CourseError: ids do not fit, a solution shows, the judge fails its own tests, the reference does not
            get full marks, or the untouched release gets any; nothing is written then.
    """
    solved, rules = source_and_rules(course, assignment)
    preload = interview.modules_to_preload(solved.cells)
    with Worker(limits, jailed, preload) as worker, tempfile.TemporaryDirectory() as folder:
        worker.launch()  # it imports TensorFlow while the judge is proven
        faults = faults_of_judge(rules, on_note)
        draft = generated(course, assignment, Path(folder))
        notebook = submission.read_release(draft)
        faults += faults_of_release(notebook, rules)
        if not faults:  # without ids grades tell nothing, and without inputs there are none
            faults += faults_of_reference(course.source(assignment), notebook, rules, worker, on_note)
            faults += faults_of_untouched(draft, notebook, rules, worker)
        if faults:
            raise CourseError("The release is refused:\n  " + "\n  ".join(faults))
        write(course.release(assignment), draft.read_bytes())
    return course.release(assignment)


def try_tasks(
    course: Course,
    assignment: str,
    only: Collection[str],
    jailed: Jailed = True,
    on_note: OnNote = lambda words: None,
) -> None:
    """Test the judge and the reference of some tasks, and write nothing.

    Args:
        only: ids of the tasks.
        on_note: as for `release`.
    Raises:
        CourseError: there is no such task, the judge fails its own tests, or the reference does not get full
            marks.
    """
    solved, rules = source_and_rules(course, assignment, whole=False)
    ids = [task.id for task in rules.tasks]
    if unknown := [id for id in only if id not in ids]:
        raise CourseError(f"Expected a task of {', '.join(ids)}, got {unknown[0]}.")
    rules = rules._replace(tasks=tuple(task for task in rules.tasks if task.id in only))
    preload = interview.modules_to_preload(solved.cells)
    with Worker(DEFAULT_LIMITS, jailed, preload) as worker, tempfile.TemporaryDirectory() as folder:
        worker.launch()
        faults = faults_of_judge(rules, on_note)
        notebook = submission.read_release(generated(course, assignment, Path(folder)))
        faults = faults or faults_of_reference(course.source(assignment), notebook, rules, worker, on_note)
        if faults:
            raise CourseError("The release would be refused:\n  " + "\n  ".join(faults))


def source_and_rules(course: Course, assignment: str, whole: bool = True) -> tuple[NotebookNode, Assignment]:
    """The source notebook, and the judge; `whole` as for `Course.rules`."""
    source = course.source(assignment)
    if not source.is_file():
        raise CourseError(f"Expected the source notebook {source}, found none.")
    solved = submission.read_release(source)
    return solved, course.rules(assignment, whole).for_notebook(solved)


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
            faults.append(f"two cells have the id {identity}")
        if identity:
            cells[identity] = cell
        if "### BEGIN SOLUTION" in cell.source:
            faults.append(f"a solution shows in cell {identity}")
    faults += [
        f"the answer {name} needs another id: none may be {' or '.join(SUMS)}, or begin with {TEST}"
        for name, cell in cells.items()
        if submission.is_answer(cell) and (name.startswith(TEST) or name in SUMS)
    ]
    for task in rules.tasks:
        faults += [f"the cell {name} is missing" for name in (task.id, TEST + task.id) if name not in cells]
        if task.id in cells and submission.points(cells[task.id]) is not None:
            faults.append(f"the cell {task.id} has points; those of a task belong to {TEST}{task.id}")
        if TEST + task.id in cells and not task.points:
            faults.append(f"the cell {TEST}{task.id} has no points; give it some in nbgrader's toolbar")
    return faults


def faults_of_judge(rules: Assignment, on_note: OnNote) -> list[str]:
    """What is wrong with a judge by its own mistakes."""
    proof = prove(rules)
    for note in proof.notes:
        on_note(note)
    return list(proof.faults)


def faults_of_reference(
    source: Path, notebook: NotebookNode, rules: Assignment, worker: Worker, on_note: OnNote
) -> list[str]:
    """What the reference loses points for; notes say for which tasks it needs much of the time limit."""
    asked = answers.Recorded({}, worker.limits, worker.jailed, lambda: worker)
    result = grading.grade_notebook(source, notebook, rules, SECRET, worker=asked)
    held = [transcript for transcript, _ in answers.read(asked.written() or b"").values()]
    for task_id, seconds in interview.seconds_of(rules.tasks, held).items():
        task = next(task for task in rules.tasks if task.id == task_id)
        allowed = task.patience * worker.limits.task_seconds
        if seconds > LARGEST_SHARE * allowed:
            on_note(
                f"{task.place}{': ' * bool(task.place)}the reference took {seconds:.1f} of {allowed:g} s for "
                f"{task_id}; a right answer may be several times slower. Ask less, or give more patience."
            )
    return [
        f"the reference gets {task.points} of {task.max} for {name} ({task.outcome}): "
        + "; ".join(finding.message for finding in task.findings)
        for name, task in result.tasks.items()
        if task.points != task.max
    ]


def faults_of_untouched(draft: Path, notebook: NotebookNode, rules: Assignment, worker: Worker) -> list[str]:
    """What a release gets points for as it is."""
    result = grading.grade_notebook(draft, notebook, rules, SECRET, worker=worker)
    return [
        f"the untouched release gets {task.points} of {task.max} for {name} without an answer"
        for name, task in result.tasks.items()
        if task.points
    ]
