"""The installed command where the packages of an extra are missing."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [["init", "course"], ["--help"]])
def test_a_missing_package_is_named_with_its_extra(tmp_path, arguments):
    code = "import sys; sys.modules['typer'] = None; from autograder.command import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "typer is not installed" in done.stderr and "gmm-tf[grading]" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_module_of_our_own_that_is_missing_is_no_missing_extra(tmp_path):
    code = (
        "import sys; sys.modules['autograder.report.pages'] = None; "
        "from autograder.command import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True)
    assert done.returncode == 1 and "autograder.report.pages" in done.stderr and "Traceback" in done.stderr
