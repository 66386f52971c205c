"""Grade a class: every submission once, one failing student never stops the others."""

import concurrent.futures
import hashlib
import json
import os
import queue
import tempfile
import traceback
from pathlib import Path

import nbformat

from autograder import course as courses
from autograder import gradebook, grading, submission, tasks
from autograder.grading import result_dict
from autograder.jail import DEFAULT_LIMITS, JailUnavailable, Worker
from autograder.judge import Finding

ANSWER_CHANGED = "answer-changed"  # flag of a written answer that a person must read again
READ_AGAIN = "autograder_read_again"  # where a graded notebook keeps which answers those are


def grade(course, assignment, students=None, jobs=None, limits=DEFAULT_LIMITS, jailed=True, force=False,
          on_result=lambda student, result: None):  # fmt: skip
    """Grade submissions into gradebook, `autograded/` and `reports/ASSIGNMENT/grades.json`.

    Args:
        students: ids to grade; all who submitted by default.
        jobs: submissions at a time; the cores by default.
        force: judge again even where an earlier result of the same submission is kept.
        on_result: called after each submission.
    Returns:
        The report, as in grades.json.
    Raises:
        CourseError: a student of `students` has not submitted.
    """
    release = submission.read_release(course.release(assignment))
    rules = tasks.load(assignment)
    found = course.submissions(assignment)
    chosen = found if students is None else {name: found.get(name) for name in students}
    if missing := [name for name, path in chosen.items() if path is None]:
        raise courses.CourseError(
            f"Expected a folder submitted/STUDENT/{assignment} for {', '.join(missing)}, found none."
        )
    gradebook.ensure_assignment(course, assignment, release)
    secret, version = course.secret(), courses.grader_version()

    idle = queue.SimpleQueue()  # workers between two submissions

    def one(path):
        kept = _kept(course, path, release, secret, version, jailed)
        if kept is not None and kept.is_file() and not force:
            return _restored(json.loads(kept.read_text()), path, release)
        result = _grade_twice_if_needed(path, release, rules, secret, idle, limits, jailed)
        if kept is not None and not any(t.outcome == "ungraded" for t in result.tasks.values()):
            write(kept, json.dumps(result_dict(result)))
        return result

    results = {}
    try:
        with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            running = {pool.submit(one, path): student for student, path in chosen.items()}
            for done in concurrent.futures.as_completed(running):
                student = running[done]
                results[student] = done.result()
                on_result(student, results[student])
    finally:
        while not idle.empty():
            idle.get().stop()
    return _record(course, assignment, release, rules, results, merge=students is not None)


def _grade_twice_if_needed(path, release, rules, secret, idle, limits, jailed):
    """The Result; after a failure of ours a fresh worker gets one more try, then a person."""
    failure = None
    for _ in range(2):
        try:
            worker = idle.get_nowait()
        except queue.Empty:
            worker = Worker(limits, jailed)
        try:
            return grading.grade_notebook(path, release, rules, secret, worker=worker)
        except JailUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one submission never stops the class
            worker.stop()
            place = traceback.extract_tb(error.__traceback__)[-1]
            failure = f"{type(error).__name__}: {error}, {Path(place.filename).name} line {place.lineno}"
        finally:
            idle.put(worker)
    return ungraded(rules, failure)


def ungraded(rules, failure):
    """The Result for a submission on which the grader itself failed."""
    note = f"The grader failed ({failure}); a person decides."
    finding = Finding("grader-failed", note, keep=0.0)
    outcomes = {
        task.id: grading.TaskResult(0.0, task.points, "ungraded", (finding,)) for task in rules.tasks
    }
    return grading.Result("graded", (submission.Flag("grader-failed", note),), outcomes)


def _record(course, assignment, release, rules, results, merge):
    rows = read_report(course, assignment)["students"] if merge else {}
    with gradebook.opened(course) as book:
        for student in sorted(results):
            result, target = results[student], course.autograded(student, assignment)
            again = gradebook.store(book, assignment, student, result, *graded_before(target))
            rows[student] = result_dict(result)
            if result.submission is not None:
                write(target, nbformat.writes(graded_notebook(result, again)))
    report = {
        "assignment": assignment,
        "max_score": sum(submission.points(cell) or 0 for cell in release.cells),
        "students": {student: rows[student] for student in sorted(rows)},
    }
    return refresh(course, report)[0]


def read_report(course, assignment):
    """The report as in grades.json; without students where nothing was graded yet."""
    path = course.reports(assignment) / "grades.json"
    return json.loads(path.read_text()) if path.is_file() else {"students": {}}


def refresh(course, report):
    """Bring a report to what the gradebook says now, and write grades.json.

    Returns:
        The report, and {student: gradebook.Score}.
    Raises:
        CourseError: the gradebook lacks one of its students.
    """
    assignment, rows, scores = report["assignment"], {}, {}
    with gradebook.opened(course) as book:
        for student, row in report["students"].items():
            _, again = graded_before(course.autograded(student, assignment))
            scores[student] = score = gradebook.score(book, assignment, student, again)
            flags = [flag for flag in row["flags"] if flag["id"] != ANSWER_CHANGED]
            for name, mark in score.marks.items():
                if mark.waits and mark.entered is not None:
                    note = f"The written answer of {name} changed after it was read; read it again."
                    flags.append({"id": ANSWER_CHANGED, "message": note})
            pending = score.manual_pending if row["status"] == "graded" else 0
            rows[student] = row | {"score": score.score, "manual_pending": pending, "flags": flags}
    report = report | {"students": rows}
    write(course.reports(assignment) / "grades.json", json.dumps(report, indent=1, ensure_ascii=False))
    return report, scores


def graded_before(path):
    """What the graded notebook at `path` holds; nothing where there is none.

    Returns:
        {cell id: text}, and what `gradebook.store` returned when it was written.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError):
        return {}, {}
    return {submission.grade_id(cell): cell.source for cell in notebook.cells}, dict(
        notebook.metadata.get(READ_AGAIN, {})
    )


def _restored(kept, path, release):
    """A Result from what `result_dict` wrote, for the same submission."""
    return grading.Result(
        kept["status"],
        tuple(submission.Flag(**flag) for flag in kept["flags"]),
        {
            name: grading.TaskResult(
                task["points"],
                task["max"],
                task["outcome"],
                tuple(Finding(f["id"], f["message"], f["hint"]) for f in task["findings"]),
            )
            for name, task in kept["tasks"].items()
        },
        submission.read(path, release) if kept["status"] == "graded" else None,
    )


def _kept(course, path, release, secret, version, jailed):
    """Where the result of this submission is kept; None for a file that cannot be read."""
    digest = hashlib.sha256()
    for part in (nbformat.writes(release), secret, version, str(jailed)):
        digest.update(part.encode() + b"\0")
    try:
        if path.stat().st_size > submission.SIZE_LIMIT:
            return None
        digest.update(path.read_bytes())
    except OSError:
        return None
    return course.results() / f"{digest.hexdigest()}.json"


def graded_notebook(result, again):
    """The submission as graded: under each test cell its points and findings.

    Args:
        again: what `gradebook.store` returned.
    """
    notebook = result.submission.notebook
    notebook.metadata[READ_AGAIN] = again
    for cell in notebook.cells:
        name = (submission.grade_id(cell) or "").removeprefix("test_")
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if submission.points(cell) is None or name not in result.tasks:
            continue
        task = result.tasks[name]
        lines = [f"{task.points:g} of {task.max:g} points: {task.outcome}"]
        lines += gradebook.lines_about(task)
        text = "\n".join(lines) + "\n"
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        if task.outcome != "ungraded":
            # nbgrader reads the points of a test cell from its result.
            points = {"text/plain": repr(float(task.points))}
            cell.outputs.append(nbformat.v4.new_output("execute_result", points))
    return notebook


def write(path, text):
    """Write a file whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".draft")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
