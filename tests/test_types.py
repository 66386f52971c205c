"""The annotations hold: `make types` as a test, so that it runs beside the others."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_mypy_finds_nothing():
    done = subprocess.run(["make", "--no-print-directory", "types"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
