"""A submitted file takes the grader little more memory than its size, whatever stands in it."""

import subprocess
import sys

import pytest

from autograder.engine import submission

MOST_MEGABYTES = 700  # TensorFlow is not imported here; a notebook with 20 MB of outputs takes about 150

# Not `ru_maxrss`, which begins with the peak of the process that started this one.
READ = """
import sys
from pathlib import Path
from autograder.engine import submission
try:
    submission.read_cells(Path(sys.argv[1]))
except submission.Unreadable:
    pass
status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) >> 10)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("before", "part", "after"),
    [
        pytest.param('{"cells":[', "{},", "{}]}", id="empty cells"),
        pytest.param('{"cells":[{"source":"","metadata":{"a":[', "[],", "[]]}}]}", id="empty lists"),
    ],
)
def test_a_file_of_empty_parts_takes_little_memory(before, part, after, tmp_path):
    path = tmp_path / "submission.ipynb"
    room = submission.SIZE_LIMIT - len(before) - len(after)
    path.write_text(before + part * (room // len(part)) + after)
    most = subprocess.run([sys.executable, "-c", READ, path], capture_output=True, text=True, check=True)
    assert int(most.stdout) < MOST_MEGABYTES


def test_a_string_that_does_not_end_takes_no_time(tmp_path, monkeypatch):
    monkeypatch.setattr(submission, "VALUES_LIMIT", 10)
    path = tmp_path / "submission.ipynb"
    path.write_text('"' + r"\"" * 2_000_000 + "," * 20)  # in which nothing is a value
    with pytest.raises(submission.Unreadable) as refusal:
        submission.read_cells(path)
    assert refusal.value.id == "not-a-notebook"
