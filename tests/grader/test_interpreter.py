"""Submissions run on another Python where they are told to, or where they need it and it is there."""

import stat
import sys

import pytest
import solved
from command_line import invoked
from test_jail import LIMITS, Light, copy_of_the_program, value_of

from autograder.__main__ import USAGE
from autograder.engine import answers
from autograder.jail import Worker, interpreter


def script(path, text):
    """An executable at `path`."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def says(path, version, lacking="[]"):
    """An interpreter that answers the question about itself with this."""
    told = f'["{path}", "/usr", "/usr", {version}, ["tensorflow 9"], {lacking}]'
    return script(path, f"echo '{told}'")


@pytest.fixture(autouse=True)
def forget():
    interpreter._asked.cache_clear()
    yield
    interpreter._asked.cache_clear()


@pytest.fixture(scope="module")
def found():
    """This Python, as if it were another."""
    return interpreter.at(sys.executable)


def test_an_interpreter_is_asked_what_it_is(found):
    assert found[:4] == interpreter.ours()[:4] and found.packages[0].startswith("tensorflow ")


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda path: str(path), "does not run as one"),
        (lambda path: script(path, "echo hello"), "does not run as one"),
        (lambda path: script(path, "exit 3"), "does not run as one"),
        (lambda path: says(path, "[3, 9, 1]"), "or newer, got"),
        (lambda path: says(path, "[3, 99, 0]", '["keras", "IPython"]'), "which lacks keras, IPython; inst"),
    ],
)
def test_an_unsuitable_interpreter_is_refused(tmp_path, make, words):
    path = make(tmp_path / "python")
    with pytest.raises(interpreter.Unsuitable, match=words):
        interpreter.at(path)
    refused = invoked("grade", "gmm-two-ways", "--course", tmp_path, "--python", path)
    assert refused.exit_code == USAGE


def test_the_first_suitable_one_on_the_path_is_found(tmp_path, monkeypatch):
    minor = sys.version_info[1]
    monkeypatch.setattr(interpreter, "NEWEST", minor + 4)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    says(tmp_path / f"python3.{minor + 1}", f"[3, {minor + 1}, 0]", '["tensorflow"]')
    assert interpreter.installed((3, minor + 1)) is None
    says(tmp_path / f"python3.{minor + 3}", f"[3, {minor + 3}, 0]")
    assert interpreter.installed((3, minor + 1)).version == (3, minor + 3, 0)


def test_kept_answers_know_who_gave_them(found):
    versions = {
        answers.asking_version(),
        answers.asking_version(found),
        answers.asking_version(found._replace(executable="/elsewhere/python")),
        answers.asking_version(found._replace(packages=("tensorflow 1",))),
    }
    assert len(versions) == 4


def test_a_worker_runs_on_the_interpreter_that_it_is_given(found, tmp_path):
    with Light(copy_of_the_program(tmp_path), LIMITS, True, (), (), found) as worker:
        assert value_of(worker, "import sys\nreturn sys.version_info[1]") == found.version[1]


@pytest.mark.slow  # the same without TensorFlow
def test_a_worker_grades_on_the_interpreter_that_it_is_given(found):
    with Worker(python=found) as worker:
        assert solved.judged(worker, "gmm-two-ways", {}, only={"mstep"}).automatic == 15
