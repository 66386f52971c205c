"""The installed command `autograder`: the grader's, or the student's where there is no grader."""

import importlib.metadata
import importlib.util
import sys

STUDENTS = "autograder.student.command"


def main() -> None:
    """The command line of what is installed, or a message that names what to install."""
    if words := another_autograder():
        sys.exit(f"autograder: {words}")
    try:
        name = "autograder.__main__" if importlib.util.find_spec("autograder.__main__") else STUDENTS
        importlib.import_module(name).main()
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in ("autograder", "gmm_tf"):
            raise
        sys.exit(
            f"autograder: {missing.name} is not installed. Install the grader by "
            "pip install 'gmm-tf[grading]', or the student's check alone by pip install 'gmm-tf[check]'."
        )


def another_autograder(path: list[str] | None = None) -> str | None:
    """Words about PyPI's unrelated package of our import name, where it is installed too; else None.

    Args:
        path: folders to look in; by default those that Python imports from.
    """
    known = importlib.metadata.distributions(name="autograder", path=sys.path if path is None else path)
    if (other := next(iter(known), None)) is None:
        return None
    return (
        f"the unrelated package autograder {other.version} is installed in the same folder, and one has "
        "overwritten files of the other. pip uninstall autograder, then pip install --force-reinstall "
        "--no-deps what you have of gmm-tf-check and gmm-tf-autograder."
    )
