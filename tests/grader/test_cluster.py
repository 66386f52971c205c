"""Grading on a Dask cluster of real processes."""

import collections
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.course import directory as course
from autograder.course import grading_run as classes

ASSIGNMENT = "gmm-two-ways"
NOTEBOOK = Path(ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "submitted"


def test_no_scheduler_ends_with_words(tmp_path, here, monkeypatch):
    import distributed  # for seconds, and no other test needs it

    client = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda *a, **how: client(*a, **{**how, "timeout": "0.5s"}))
    made = course.init(tmp_path / "course")
    shutil.copytree(EXAMPLES / "ada", made.root / "submitted" / "ada")
    done = here("grade", ASSIGNMENT, "--course", made.root, "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "Expected a scheduler at tcp://127.0.0.1:9" in done.stderr


@pytest.fixture
def cluster(tmp_path):
    """(address of a scheduler, its two workers), real processes on this machine."""
    about = tmp_path / "scheduler.json"
    scheduler = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            str(about),
        ]
    )
    deadline = time.monotonic() + 60
    while not (about.is_file() and about.read_text().strip().endswith("}")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    address = json.loads(about.read_text())["address"]
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_worker",
                address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                "--local-directory",
                str(tmp_path / f"worker-{number}"),
            ]
        )
        for number in range(2)
    ]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_worker_that_dies_costs_nothing(tmp_path, cluster):
    address, workers = cluster
    places = [course.init(tmp_path / name) for name in ("here", "there")]
    for place in places:
        (place.root / course.SECRET_FILE).write_text("cluster")
        for number in range(12):
            sample = ["ada", "chen", "emil", "fatima"][number % 4]
            notebook = json.loads((EXAMPLES / sample / NOTEBOOK).read_text())
            notebook["cells"].append(
                {
                    "cell_type": "code",
                    "metadata": {},
                    "outputs": [],
                    "id": "number",
                    "execution_count": None,
                    "source": f"number = {number}",
                }
            )
            path = place.root / "submitted" / f"student-{number:02}" / NOTEBOOK
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(notebook))
        (place.root / "submitted" / "broken" / NOTEBOOK).parent.mkdir(parents=True)
        (place.root / "submitted" / "broken" / NOTEBOOK).write_text("{")
    here = classes.grade(places[0], ASSIGNMENT)

    seen = collections.Counter()

    def on_result(student, result):
        seen[student] += 1
        if sum(seen.values()) == 4:
            workers[0].kill()

    there = classes.grade(
        places[1], ASSIGNMENT, running=classes.Running(scheduler=address), watcher=classes.Watcher(on_result)
    )
    assert workers[0].poll() is not None and workers[1].poll() is None
    assert there == here and seen == dict.fromkeys(here["students"], 1)
    assert {path.name for path in places[0].results().iterdir()} == {
        path.name for path in places[1].results().iterdir()
    }
