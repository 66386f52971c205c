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
            f"autograder: {missing.name} is not installed. Install the grader with "
            "pip install 'gmm-tf[grading]', or only the student's check with pip install 'gmm-tf[check]'."
        )


def another_autograder(path: list[str] | None = None) -> str | None:
    """A message if PyPI's unrelated package with the same import name is installed too; else None.

    Args:
        path: folders to look in; by default those that Python imports from.
    """
    known = importlib.metadata.distributions(name="autograder", path=sys.path if path is None else path)
    if (other := next(iter(known), None)) is None:
        return None
    return (
        f"the unrelated package autograder {other.version} is installed in the same folder, and one package "
        "has overwritten files of the other. Run pip uninstall autograder, then reinstall gmm-tf-check or "
        "gmm-tf-autograder, whichever you use, with pip install --force-reinstall --no-deps."
    )
