"""What several test modules need."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "gmm-two-ways"


@pytest.fixture(scope="session")
def release():
    """The committed release notebook."""
    from autograder import submission

    return submission.read_release(ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
