"""A submission has its time and no more, whatever it does. No student code runs here."""

import socket
import time
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import solved

from autograder import tasks
from autograder.course import workers as running
from autograder.engine import grading, submission
from autograder.jail import Limits, Transcript, Worker, interpreter, process

LIMITS = Limits(task_seconds=10.0, submission_seconds=60.0)
ASSIGNMENT = "gmm-two-ways"
RULES = tasks.load(ASSIGNMENT)
KILL = 5.0  # what it may take to end a fork


def started():
    return {"event": "started", "at": [0, 1, 0], "seconds": 0.0}


def ready(request):
    return [started(), {"event": "ready", "names": request["names"], "seconds": 0.5}]


def questions(request):
    return [question["name"] for chapter in request["chapters"] for question in chapter["questions"]]


def hang_in_each_cell(request, seconds):
    return Transcript([started()], "timeout", seconds + KILL)


def crash_in_each_cell(request, seconds):
    return Transcript([started()], "crashed", min(seconds, 3.0))


def hang_in_each_question(request, seconds):
    asked = [{"event": "asked", "question": name} for name in questions(request)[:1]]
    return Transcript(ready(request) + asked, "timeout" if asked else "finished", seconds + KILL)


def crash_in_each_question(request, seconds):
    asked = [{"event": "asked", "question": name} for name in questions(request)[:1]]
    return Transcript(ready(request) + asked, "crashed" if asked else "finished", min(seconds, 3.0) + KILL)


def wrong_and_slow(request, seconds):
    frames = ready(request)
    for name in questions(request):
        answer = {"value": np.ones(1), "parts": [np.ones(3)] * 3, "gradients": [np.ones(3)] * 3}
        frames.append({"event": "asked", "question": name})
        frames.append({"event": "answer", "question": name, "answer": answer})
    return Transcript(frames, "finished", min(seconds, 3.0))


BEHAVIOURS = [
    hang_in_each_cell,
    crash_in_each_cell,
    hang_in_each_question,
    crash_in_each_question,
    wrong_and_slow,
]


class Scripted:
    """A worker whose forks behave like this."""

    def __init__(self, behaviour):
        self.limits, self.jailed, self.behaviour, self.spent = LIMITS, True, behaviour, []
        self.python, self.kind = interpreter.ours(), "bubblewrap"

    def ask(self, request, seconds, *more):
        transcript = self.behaviour(request, seconds)
        self.spent.append(transcript.seconds)
        return transcript


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_no_submission_has_more_than_its_time(behaviour):
    worker = Scripted(behaviour)
    solved.judged(worker, ASSIGNMENT, {})
    assert len(worker.spent) > 3
    assert sum(worker.spent[:-1]) < LIMITS.submission_seconds
    assert sum(worker.spent) <= LIMITS.submission_seconds + KILL


class Breaking(Worker):
    """A worker that each conversation brings down, and that takes a minute of its clock to start again."""

    waited = 0.0

    def now(self):
        return time.monotonic() + self.waited

    def start(self):
        self.waited += 60.0
        self.ready, self.process = True, "a process"
        self.control, other = socket.socketpair()
        other.close()

    def stop(self):
        self.ready = False
        self.control.close()


def test_who_brings_the_worker_down_pays_for_its_start(monkeypatch):
    worker = Breaking(jailed=False)
    monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=worker.now))
    seconds = [worker.ask({}, 1.0).seconds for _ in range(3)]
    assert seconds[0] < 60 and min(seconds[1:]) >= 60
    worker.prepare(())  # for somebody else
    assert worker.ask({}, 1.0).seconds < 60


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_after_a_failure_of_ours_there_is_only_the_rest_of_the_time(monkeypatch, tmp_path, share):
    allowed = []

    def fail(path, release, rules, secret, worker):
        allowed.append(worker.limits.submission_seconds)
        worker.ask({}, 1.0)
        raise ZeroDivisionError

    class Slow(Scripted):
        def prepare(self, preload):
            pass

        def stop(self):
            pass

    monkeypatch.setattr(grading, "grade_notebook", fail)
    workers = running.Workers(LIMITS, True)
    spent = share * LIMITS.submission_seconds
    slow = Slow(lambda request, seconds: Transcript([], "timeout", spent))
    monkeypatch.setattr(workers, "take", lambda preload=(): slow)
    release = submission.read_release(solved.ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    nbformat.write(release, tmp_path / "x.ipynb")
    result, record = workers.judged(tmp_path / "x.ipynb", release, RULES, "s")
    assert allowed == [60.0, 48.0] if share < 0.5 else allowed == [60.0]
    assert {task.outcome for task in result.tasks.values()} == {"ungraded"} and record is None
