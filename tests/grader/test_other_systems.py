"""macOS and Windows: what needs no jail works there, and `grade` says what to do instead.

A new process imitates the system: what only Linux has is hidden before anything of ours is imported.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import directory as courses
from autograder.course import grading_run
from autograder.engine import grading, submission

ROOT = Path(__file__).resolve().parents[2]
A = "gmm-two-ways"
SAMPLE = ROOT / "examples" / "submitted" / "ada" / A / f"{A}.ipynb"
pytestmark = pytest.mark.usefixtures("judge_without_running")

IMITATE = """
import importlib.abc, json, os, platform, shutil, signal, socket, sys, types
# Other people's packages know the system themselves, and would look for what only it has.
import bleach, distributed, jupyter_core.paths, nbconvert, nbgrader.api, nbgrader.apps, polars
import rich.console, typer

system, commands = sys.argv[1], json.loads(sys.argv[2])
windows = system == "Windows"
platform.system = lambda: system
hidden = {"fcntl", "resource", "pwd", "grp", "termios", "pty", "tty"} if windows else set()


class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


for name in hidden:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Hide())
lacking = ["memfd_create", "pidfd_open", "unshare", "setns", "sched_getaffinity"]
lacking += ["fork", "geteuid", "fchmod", "killpg", "setsid", "O_NONBLOCK"] if windows else []
for name in lacking:
    if hasattr(os, name):
        delattr(os, name)
if windows:
    shutil._use_fd_functions = False  # as there, where no function takes a folder's descriptor
    # As its `os.open`, which opens no folder, and `os.kill`, whose signal 0 interrupts the other.
    del signal.SIGKILL, socket.send_fds
    truly = os.open
    def open_file(path, flags, *rest, **more):
        if os.path.isdir(path) and not more:
            raise PermissionError(13, "Permission denied", str(path))
        return truly(path, flags, *rest, **more)
    os.open = open_file
    os.kill = lambda *_: sys.exit("the other process was interrupted")
    # Stands for portalocker's locks by pywin32, which only Windows can have.
    fake = types.ModuleType("portalocker")
    class LockFlags:
        EXCLUSIVE = SHARED = NON_BLOCKING = 0
    class LockException(Exception):
        pass
    fake.LockFlags, fake.LockException = LockFlags, LockException
    fake.lock = fake.unlock = lambda *_: None
    sys.modules["portalocker"] = fake

from typer.testing import CliRunner
from autograder import __main__ as ours
from autograder.jail import bubblewrap

bubblewrap.bundled_bubblewrap = lambda: None  # a wheel for Linux
told = []
for command in commands:
    result = CliRunner().invoke(ours.app, command)
    told.append([command[0], result.exit_code, result.output, repr(result.exception)])
print(json.dumps(told))
"""


def judged(workers, path, release, rules, *_):
    results = {task.id: grading.TaskResult(task.points / 2, task.points, "partial") for task in rules.tasks}
    return grading.Result("graded", (), results, submission.read(path, release)), None


@pytest.fixture(scope="module")
def graded(tmp_path_factory, judge_without_running):
    place = courses.init(tmp_path_factory.mktemp("systems") / "course")
    for student in ("ada", "bob"):
        target = place.root / "submitted" / student / A / f"{A}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_bytes(SAMPLE.read_bytes())
    grading_run.grade(place, A)
    (place.root.parent / "list.csv").write_text("student,last_name,first_name,email\nada,L,Ada,a@x.org\n")
    return place


def run_as(system, commands):
    words = [sys.executable, "-c", IMITATE, system, json.dumps(commands)]
    no_bwrap = {**os.environ, "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(words, capture_output=True, text=True, env=no_bwrap)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("system", [pytest.param("Darwin", marks=pytest.mark.slow), "Windows"])
def test_all_but_grading_works(system, graded):
    course = ["--course", str(graded.root)]
    commands = [
        ["roster", str(graded.root.parent / "list.csv"), *course],
        ["collect", str(ROOT / "examples" / "submitted"), A, "--dry-run", *course],
        ["report", A, *course],
        ["feedback", A, *course],
        ["export", A, *course],
        ["doctor"],
        ["grade", A, *course],
        ["check", str(SAMPLE)],
    ]
    *others, doctor, grade, check = run_as(system, commands)
    assert [one for one in others if one[1] != 0] == []
    written = [graded.reports(A) / name for name in ("report.html", "grades.csv")]
    for path in (*written, graded.feedback("ada", A)):
        assert path.is_file()
        path.unlink()
    if system == "Windows":
        assert check[1] == 2 and "use WSL" in " ".join(check[2].split())
    else:
        assert check[1] == 0 and "91 of 91" in check[2]
    assert doctor[1] == grade[1] == 1
    where = "Subsystem for Linux" if system == "Windows" else "Linux container"
    assert "Grading needs Linux" in grade[2] and where in " ".join(grade[2].split())


def test_each_cell_of_the_table_names_what_showed_it():
    rows = [line for line in (ROOT / "docs" / "where-it-runs.md").read_text().splitlines() if line[:1] == "|"]
    makefile = (ROOT / "Makefile").read_text()
    for row in rows[2:]:
        for cell in row.strip("| ").split(" | ")[1:]:
            tests = re.findall(r"test_\w+\.py", cell)
            assert all(list((ROOT / "tests").glob(f"*/{name}")) for name in tests), cell
            targets = re.findall(r"make ([\w-]+)", cell)
            assert all(re.search(rf"^{target}:", makefile, re.M) for target in targets), cell
            assert tests or targets or re.match("not tried|no |never|does not apply", cell), cell


LIBRARY = (
    IMITATE.partition("from typer")[0]
    + """
import gmm_tf
from gmm_tf.cli import depth
from gmm_tf.cli.main import main

print(depth.peak_megabytes() > 0, gmm_tf.EMGMM(2, dim=2).dim)
sys.argv = ["gmm-tf", "fit", commands[0], "--k", "2", "--out", commands[1]]
main()
"""
)


@pytest.mark.slow
@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_the_library_and_its_command_work(system, tmp_path):
    table = ROOT / "gmm_tf" / "datasets" / "old_faithful.csv"
    words = [sys.executable, "-c", LIBRARY, system, json.dumps([str(table), str(tmp_path / "out")])]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "out" / "parameters.json").is_file()
    assert ("True 2" in done.stdout) == (system == "Darwin")
