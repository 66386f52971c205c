"""The annotations hold: `make types` as a test, so that it runs beside the others."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_mypy_finds_nothing():
    # In this environment, which is not made anew; make cannot have a blank in the path of the checkout.
    here = os.path.relpath(sys.prefix, ROOT)
    words = ["--no-print-directory", f"VENV={here}", f"--old-file={here}/dev", "types"]
    done = subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
