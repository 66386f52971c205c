"""The installed command `autograder`, which says what to install where packages are missing."""

import sys


def main():
    """`autograder.__main__.main`, or a message that names the extra of the package which is missing."""
    try:
        from autograder import __main__

        __main__.main()
    except ModuleNotFoundError as missing:
        if missing.name.partition(".")[0] in ("autograder", "gmm_tf"):
            raise
        sys.exit(
            f"autograder: {missing.name} is not installed. Install the grader by "
            "pip install 'gmm-tf[grading]', or the student's check alone by pip install 'gmm-tf[check]'."
        )
