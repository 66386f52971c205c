"""The installed command `autograder`: the grader's, or the student's where there is no grader."""

import importlib.metadata
import importlib.util
import sys


def main():
    """The command line of what is installed, or a message that names what to install."""
    if words := another_autograder():
        sys.exit(f"autograder: {words}")
    try:
        if importlib.util.find_spec("autograder.__main__"):
            from autograder import __main__ as commands
        else:
            from autograder.student import command as commands

        commands.main()
    except ModuleNotFoundError as missing:
        if missing.name.partition(".")[0] in ("autograder", "gmm_tf"):
            raise
        sys.exit(
            f"autograder: {missing.name} is not installed. Install the grader by "
            "pip install 'gmm-tf[grading]', or the student's check alone by pip install 'gmm-tf[check]'."
        )


def another_autograder(path=None):
    """Words about PyPI's unrelated package of our import name, where it is installed too; else None.

    Args:
        path: folders to look in; by default those that Python imports from.
    """
    known = importlib.metadata.distributions(name="autograder", **({} if path is None else {"path": path}))
    if (other := next(iter(known), None)) is None:
        return None
    return (
        f"the unrelated package autograder {other.version} is installed in the same folder, and one has "
        "overwritten files of the other. pip uninstall autograder, then pip install --force-reinstall "
        "--no-deps what you have of gmm-tf-check and gmm-tf-autograder."
    )
