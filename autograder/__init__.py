"""The grader of the course's assignments; in a notebook: `from autograder import check; check()`.

Importing this package alone imports nothing else.
"""

__version__ = "0.1.0"
TYPE_CHECKING = False  # true to a type checker; `typing` would be an import
if TYPE_CHECKING:
    from pathlib import Path

    from autograder.engine.grading import Result
    from autograder.jail import Jailed, Limits
    from autograder.student.checking import Checked
    from autograder.student.visible import Seen


class CannotCheck(ValueError):
    """`check` cannot do what it was asked for; the message says what it needs."""

    def _render_traceback_(self, *args):
        # IPython shows this in place of a traceback through the grader's own code.
        return [str(self)]


def check(
    path: "Path | str | None" = None, assignment: "str | None" = None, release: "Path | str | None" = None
) -> "Checked | Seen":
    """Points so far, mistakes and hints, from the same judge as grading but on different inputs.

    If no judge is installed, as with the students' gmm-tf-check, the checks of the released notebook run.

    Args:
        path: a notebook file; by default the functions of the running notebook are checked.
        assignment: its name, if the running notebook has functions of several assignments.
        release: the released notebook of any assignment; its visible checks run, whatever is installed.
    Returns:
        `checking.Checked` or `visible.Seen`, which a notebook shows as a page and a terminal as text.
    Raises:
        CannotCheck: no such file, no running notebook, no function of an assignment, or something
            that the check needs is not installed.
    """
    try:
        from autograder import command
        from autograder.student import checking

        if words := command.another_autograder():
            raise CannotCheck(words)
        return checking.check(path, assignment, release=release)
    except ModuleNotFoundError as missing:
        raise CannotCheck(
            f"The check needs {missing.name}, which is not installed. "
            "Install this project with its extra: gmm-tf[check]."
        ) from missing


def grade(
    assignment: str,
    path: "Path | str",
    secret: str = "grade",
    release: "Path | str | None" = None,
    limits: "Limits | None" = None,
    jailed: "Jailed" = True,
) -> "Result":
    """Grade one notebook, without a course directory and without a gradebook -> `grading.Result`.

    Args:
        assignment: its name, that of its folder below assignments/.
        path: the submitted notebook.
        secret: text that makes the questions unpredictable; the same text gives the same result.
        release: path of the release notebook; by default the one that comes with this package.
        limits: `jail.Limits`.
        jailed: False runs the submission with all your permissions: only for your own code.
    Raises:
        KeyError: there is no such assignment.
        jail.JailUnavailable: this machine cannot isolate a submission.
    """
    from autograder import jail, tasks
    from autograder.engine import grading, submission

    rules = tasks.load(assignment)
    release = release or tasks.release_of(assignment)
    return grading.grade_notebook(
        path, submission.read_release(release), rules, secret, limits or jail.DEFAULT_LIMITS, jailed
    )
