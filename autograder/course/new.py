"""Begin an assignment: a source notebook and a judge that release, grade and check at once."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.atomic import write
from autograder.course.directory import Course, CourseError

SAMPLE = "standardise"
SAMPLE_SENTENCE = "Each column of x without its mean, divided by its standard deviation."
SAMPLE_SOLUTION = "    return (x - x.mean(axis=0)) / x.std(axis=0)"
SAMPLE_CHECK = """found = standardise(np.array([[1.0], [3.0]]))
assert np.allclose(found, [[-1.0], [1.0]]), f"expected [[-1], [1]], got {found.tolist()}"
print("standardise: looks right")"""
JUDGE = '''"""The judge of {title}; docs/authoring.md explains each line."""

import numpy as np

from autograder.authoring import STRUCTURE, TERM, mistake, normal, task


@task(x=normal("N", "D", mean=2.0, sigma=3.0), sizes={{"N": (50, 7), "D": (2, 3)}})
def standardise(x):
    """Each column of x without its mean, divided by its standard deviation."""
    return (x - x.mean(axis=0)) / x.std(axis=0)


@mistake(standardise, "wrong-axis", STRUCTURE, "Rows are standardised, not columns.", "Take axis=0.")
def _(x):
    return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)


@mistake(standardise, "variance", TERM, "It is divided by the variance.", "Take the square root: np.std.")
def _(x):
    return (x - x.mean(axis=0)) / x.var(axis=0)
'''
EMPTY_JUDGE = '''"""The judge of {title}; docs/authoring.md explains how to write it."""
'''


def begin(
    course: Course, assignment: str, tasks: tuple[str, ...] = (), written: tuple[str, ...] = ()
) -> tuple[Path, Path]:
    """Write the source notebook and the judge -> their paths.

    Args:
        tasks: names of functions or classes to make cells for; by default a sample task with its judge.
        written: ids of questions that a person reads.
    Raises:
        CourseError: the name is no name of a folder, or one of the files exists.
    """
    if not assignment.replace("-", "").replace("_", "").isalnum():
        raise CourseError(f"Expected a name of letters, digits, - and _, got {assignment!r}.")
    if wrong := [name for name in (*tasks, *written) if not name.isidentifier()]:
        raise CourseError(f"Expected names of Python functions or classes, got {wrong[0]!r}.")
    source, judge = course.source(assignment), course.root / "judges" / f"{assignment}.py"
    if there := [path for path in (source, judge, course.judge(assignment)) if path and path.exists()]:
        raise CourseError(f"{there[0]} exists; choose another name, or remove it.")
    write(source, nbformat.writes(notebook_of(assignment, tasks, written)) + "\n")
    write(judge, (EMPTY_JUDGE if tasks else JUDGE).format(title=assignment))
    return source, judge


def notebook_of(assignment: str, tasks: Sequence[str], written: Sequence[str] = ()) -> NotebookNode:
    cells = [
        new_markdown_cell(f"# {assignment}\n\nReplace each `raise NotImplementedError` with your code."),
        new_code_cell("import numpy as np"),
    ]
    if tasks:
        for name in tasks:
            cells += cells_of(name, "TODO: what it returns.", "    raise NotImplementedError", name)
    else:
        cells += cells_of(SAMPLE, SAMPLE_SENTENCE, SAMPLE_SOLUTION, SAMPLE_CHECK, "x")
    for name in written:
        cells += question_of(name)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{assignment}-{number}"[-64:]
    return notebook


def question_of(name: str) -> list[NotebookNode]:
    """The text and the answer's cell of a question that a person reads, with its points."""
    answer = new_markdown_cell("### BEGIN SOLUTION\nTODO: what a good answer says.\n### END SOLUTION")
    about = {"schema_version": 3, "task": False, "grade_id": name, "points": 5}
    answer.metadata["nbgrader"] = about | {"solution": True, "grade": True, "locked": False}
    return [new_markdown_cell(f"## {name}\n\nTODO: the question."), answer]


def cells_of(name: str, sentence: str, solution: str, check: str, parameters: str = "") -> list[NotebookNode]:
    """The text, the solution's cell and the check with its points, of one task."""
    kind = "class" if name[0].isupper() else "def"
    head = f"class {name}:" if kind == "class" else f"def {name}({parameters}):"
    body = f'{head}\n    """{sentence}"""\n    ### BEGIN SOLUTION\n{solution}\n    ### END SOLUTION'
    answer, points = new_code_cell(body), new_code_cell(check)
    about = {"schema_version": 3, "task": False}
    of_answer = {"grade_id": name, "solution": True, "grade": False, "locked": False}
    of_points = {"grade_id": f"test_{name}", "solution": False, "grade": True, "locked": True, "points": 10}
    answer.metadata["nbgrader"], points.metadata["nbgrader"] = about | of_answer, about | of_points
    return [new_markdown_cell(f"## {name}\n\n{sentence}"), answer, points]
