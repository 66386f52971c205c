"""What a submission answered is kept, and judged again without asking. No student code runs here."""

import gzip
import itertools
import shutil
from pathlib import Path

import numpy as np

import autograder
from autograder.engine import answers, submission
from autograder.jail import DEFAULT_LIMITS, Transcript, environments
from autograder.jail.inside import wire

PACKAGE = Path(autograder.__file__).parent


class Echo:
    """A worker that answers every request with a number that it never gives again."""

    def __init__(self):
        self.asked, self.preload = [], None

    def prepare(self, preload):
        self.preload = preload

    def ask(self, request, seconds, cells_seconds=0.0, more=None):
        self.asked.append(request)
        answer = {"event": "answer", "value": np.arange(3.0) + len(self.asked), "text": "é\ud800"}
        return Transcript([{"event": "started"}, answer], "crashed", 0.25, "memory")


def ask(record, *requests):
    """(the worker, what the requests brought, the new record) of one interview."""
    worker = Echo()
    recorded = answers.Recorded(record, DEFAULT_LIMITS, True, lambda: worker)
    recorded.prepare(("scipy",))
    transcripts = [recorded.ask(request, 1.0) for request in requests]
    return worker, transcripts, recorded.written()


def plain(transcripts):
    return [
        (t.ended, t.seconds, t.excess, [{k: np.asarray(v).tolist() for k, v in f.items()} for f in t.frames])
        for t in transcripts
    ]


ONE, TWO = {"cells": [], "questions": [np.ones(2)]}, {"cells": [], "questions": [np.zeros(2)]}


def test_what_was_asked_before_is_not_asked_again():
    first, told, record = ask({}, ONE, TWO)
    assert first.asked == [ONE, TWO] and first.preload == ("scipy",)
    second, again, record = ask(answers.read(record), TWO, ONE)
    assert second.asked == [] and plain(again) == plain(told[::-1])
    assert again[0].frames[1]["value"].dtype == np.float64


def test_what_was_not_asked_before_is_asked_alone():
    _, told, record = ask({}, ONE)
    worker, again, record = ask(answers.read(record), ONE, TWO)
    assert worker.asked == [TWO] and plain(again[:1]) == plain(told)
    assert ask(answers.read(record), ONE, TWO)[0].asked == []


def test_a_request_made_twice_has_two_answers():
    worker, told, record = ask({}, ONE, ONE)
    assert len(worker.asked) == 2
    assert plain(ask(answers.read(record), ONE, ONE)[1]) == plain(told)
    assert len(ask(answers.read(record), ONE, ONE, ONE)[0].asked) == 1


def test_a_damaged_record_is_asked_anew():
    record = ask({}, ONE, TWO)[2]
    assert len(answers.read(record)) == 2
    for data in (
        b"",
        b"{}",
        record[:-9],
        record[:40],
        record[:60] + b"\0" + record[61:],
        gzip.compress(b"\0" * 8),
        gzip.compress(wire.pack({"key": "a", "frames": 10**9})),
        gzip.compress(wire.pack([1])),
    ):
        assert answers.read(data) == {}


def test_a_record_that_is_too_large_is_not_kept(monkeypatch):
    _, _, record = ask({}, ONE, TWO)
    monkeypatch.setattr(answers, "SIZE_LIMIT", 340)
    assert ask({}, ONE, TWO)[2] is None and ask({}, ONE)[2] is not None
    assert answers.read(record) == {}


def test_the_same_interview_gives_the_same_bytes():
    assert ask({}, ONE, TWO)[2] == ask({}, ONE, TWO)[2]


def test_what_runs_in_the_jail_and_what_asks_counts_for_the_version():
    asking = {path.relative_to(PACKAGE).as_posix() for path in answers.asking_modules()}
    assert {"engine/answers.py", "engine/interview.py", "engine/plan.py", "engine/syntax.py"} <= asking
    assert {"jail/process.py", "jail/conversation.py"} <= asking
    assert {f"jail/inside/{name}" for name in environments.JAILED_PROGRAM} <= asking
    judging = {"engine/judge.py", "engine/grading.py"}
    assert not judging & asking and not [name for name in asking if name.startswith(("tasks", "course"))]


def test_packages_installed_beside_this_one_do_not_count(tmp_path, monkeypatch):
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "typing.py").write_text("")
    monkeypatch.setattr(answers, "PACKAGE", tmp_path / PACKAGE.name)
    found = answers.asking_modules.__wrapped__()  # which are known by now
    assert len(found) > 20 and all(path.is_relative_to(tmp_path / PACKAGE.name) for path in found)


def test_the_version_changes_with_each_of_them(monkeypatch):
    modules, read = answers.asking_modules(), Path.read_bytes
    versions = {answers.asking_version()}
    for module in modules:

        def changed(path, module=module):
            return read(path) + (b"\n" if path == module else b"")

        monkeypatch.setattr(Path, "read_bytes", changed)
        versions.add(answers.asking_version())
    assert len(versions) == 1 + len(modules) > 20


def test_the_version_changes_with_tensorflow(monkeypatch):
    before, counter = answers.asking_version(), itertools.count()
    monkeypatch.setattr(answers.importlib.metadata, "version", lambda name: f"{name} 0.{next(counter)}")
    assert answers.asking_version() != before


def test_full_leaves_no_given_cell_out(tmp_path):
    path = PACKAGE.parent / "assignments" / "gmm-two-ways" / "gmm-two-ways.ipynb"
    usual, full = (submission.read_release(path, full) for full in (False, True))
    tagged = {cell.id for cell in usual.cells if submission.SKIP_TAG in cell.metadata.get("tags", ())}
    ran = [{cell.id for cell in submission.read(path, release).cells} for release in (usual, full)]
    names = {submission.grade_id(cell) or cell.id for cell in usual.cells if cell.id in tagged}
    assert tagged and not ran[0] & names and ran[1] - ran[0] == names


# --- conversations whose questions depend on answers -----------------------------------------------


class Follower(Echo):
    """A worker that goes on as long as there is more to ask."""

    def ask(self, request, seconds, cells_seconds=0.0, more=None):
        frames, asked = [], [request]
        while asked:
            self.asked += asked
            frames += [{"event": "answer", "value": float(value)} for value in range(len(asked))]
            asked = more(frames)
        return Transcript(frames, "finished", 0.25)


def follow(record, rounds):
    """(what the worker was asked, the transcript, the record) where `rounds` follow one another."""
    worker, left = Follower(), list(rounds)
    recorded = answers.Recorded(record, DEFAULT_LIMITS, True, lambda: worker)
    told = recorded.ask(ONE, 1.0, 1.0, lambda frames: left.pop(0) if left else [])
    return worker.asked, told, recorded.written()


def test_questions_that_follow_are_kept_with_what_they_followed():
    asked, told, record = follow({}, [["a", "b"], ["c"]])
    assert asked == [ONE, "a", "b", "c"] and len(told.frames) == 4
    asked, again, record = follow(answers.read(record), [["a", "b"], ["c"]])
    assert asked == [] and plain([again]) == plain([told])
    assert follow(answers.read(record), [["a", "b"], ["c"]])[0] == []


def test_a_kept_conversation_ends_where_other_questions_follow():
    record = follow({}, [["a", "b"], ["c"]])[2]
    for others, kept in ([["a"], ["c"]], 1), ([["a", "b"], ["d"]], 3), ([["a", "b"]], 3):
        asked, told, shorter = follow(answers.read(record), others)
        assert asked == [] and len(told.frames) == kept and told.ended == "finished"
        assert len(follow(answers.read(shorter), others)[1].frames) == kept
