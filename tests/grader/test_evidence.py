"""`autograder evidence`: mutants, what is kept, mistake tables, and how the page counts."""

import ast
import difflib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import guide
import nbformat
import numpy as np
import pytest
from command_line import invoked
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autograder import tasks
from autograder.course import directory as courses
from autograder.engine import grading
from autograder.engine.assignment import Question, Task
from autograder.engine.judge import EITHER, Answer, Finding, Verdict
from autograder.engine.scale import Kind
from autograder.evidence import gathering, mutants, subject, summary, tables, trials
from autograder.evidence.kept import Kept
from autograder.evidence.page import page
from autograder.evidence.trials import key

EXAMPLE = '''
def scaled(x, y, steps=3):
    """Words."""
    total = tf.reduce_sum(x - y, axis=1, keepdims=True)  # a comment
    for _ in range(steps):
        total = -0.5 * tf.square(total)
    return tf.cast(total, tf.float32)
'''


def test_mutants_of_an_example():
    found = {mutant.edit: mutant for mutant in mutants.mutants(EXAMPLE)}
    assert {
        "x - y -> x + y",
        "x - y -> x",
        "x - y -> y - x",
        "-0.5 -> 0.5",
        "-0.5 -> -1.0",
        "range(steps) -> range(steps - 1)",
        "tf.cast(total, tf.float32) -> tf.cast(total, tf.float64)",
        "tf.reduce_sum(x - y, axis=1, keepdims=True) -> tf.reduce_mean(x - y, axis=1, keepdims=True)",
        "tf.reduce_sum(x - y, axis=1, keepdims=True) -> tf.reduce_sum(x - y, keepdims=True)",
        "tf.reduce_sum(x - y, axis=1, keepdims=True) -> tf.reduce_sum(x - y, axis=1, keepdims=False)",
        "total = -0.5 * tf.square(total) -> pass",
    } <= found.keys()
    assert "steps=4" in found["3 -> 4"].source
    assert not any("Words" in mutant.source for mutant in found.values())
    lines = EXAMPLE.split("\n")
    assert "x - y" in lines[found["x - y -> x"].line - 1]
    assert "-0.5" in lines[found["-0.5 -> 0.5"].line - 1]


@pytest.mark.parametrize(
    ("source", "edit"),
    [
        ("d = x.sum(axis=(1, 2))", "x.sum(axis=(1, 2)) -> x.mean(axis=(1, 2))"),
        ("d = x.sum(axis=(1, 2))", "x.sum(axis=(1, 2)) -> x.sum(axis=2)"),
        ("a = np.argmin(d, axis=where)", "np.argmin(d, axis=where) -> np.argmax(d, axis=where)"),
        ("n = m // 2", "m // 2 -> m / 2"),
        ("n = m << 2", "m << 2 -> m"),
        ("def f(x):\n    if x:\n        return\n    x += 1", "x += 1 -> x -= 1"),
        ("%matplotlib inline\nwords = 'a -> b -> c'\nb = x % y", "x % y -> x // y"),
        ("f = lambda x: f'{x:.2f}' + '->'", "f'{x:.2f}' + '->' -> f'{x:.2f}'"),
    ],
)
def test_any_python_has_mutants(source, edit):
    found = {mutant.edit: mutant for mutant in mutants.mutants(source)}
    assert edit in found
    assert all(ast.parse(mutant.source) for mutant in found.values())


@pytest.fixture(scope="module")
def subjects(pytestconfig):
    course = courses.Course(pytestconfig.rootpath)
    return {name: subject.subject_of(course, name) for name in tasks.ASSIGNMENTS}


@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_mutants_are_valid_distinct_and_have_one_edit(assignment, subjects):
    about = subjects[assignment]
    everything = [mutant for some in about.mutants.values() for mutant in some]
    assert len({mutant.id for mutant in everything}) == len(everything) >= 300
    for task, source in subject.references(about.reference, about.rules).items():
        reference, found = mutants.bare(source), about.mutants[task]
        assert len(found) >= 7, task
        assert len({mutant.source for mutant in found} | {reference}) == len(found) + 1
        assert len({mutant.edit for mutant in found}) == len(found)
        for mutant in found:
            ast.parse(mutant.source)
            # One edit changes one statement: in the text, one run of neighbouring lines.
            blocks = difflib.SequenceMatcher(
                None, reference.splitlines(), mutant.source.splitlines(), autojunk=False
            ).get_opcodes()
            assert sum(tag != "equal" for tag, *_ in blocks) == 1, mutant.edit


def test_mutants_take_turns_by_operator_and_are_the_same_each_time():
    found = mutants.mutants(EXAMPLE)
    operators = {mutant.operator for mutant in found}
    order = mutants.spread(found)
    assert {mutant.operator for mutant in order[: len(operators)]} == operators
    assert order == mutants.spread(found[::-1]) and set(order) == set(found)


@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_what_is_listed_as_equivalent_exists(assignment, subjects):
    assert subjects[assignment].listed and not subjects[assignment].unknown


def test_a_course_lists_equivalent_mutants_of_its_own_judge(tmp_path):
    assignment = next(iter(tasks.ASSIGNMENTS))
    course, path = courses.Course(tmp_path), tmp_path / "judges" / f"{assignment}.equivalent.json"
    assert subject.listed_of(course, assignment)  # the shipped list
    path.parent.mkdir()
    path.write_text('{"mstep": {"why": ["a -> b", "c -> d"]}}')
    assert subject.listed_of(course, assignment) == {("mstep", "a -> b"): "why", ("mstep", "c -> d"): "why"}
    for damaged in ("[", '["mstep"]', '{"mstep": 3}', '{"mstep": {"why": ["a -> b", "a -> b"]}}'):
        path.write_text(damaged)
        with pytest.raises(courses.CourseError, match=re.escape(str(path))):
            subject.listed_of(course, assignment)


def test_a_course_without_source_or_cell_says_what_is_missing(tmp_path, pytestconfig):
    assignment = next(iter(tasks.ASSIGNMENTS))
    ours, course = courses.Course(pytestconfig.rootpath), courses.Course(tmp_path)
    with pytest.raises(courses.CourseError, match="Expected the notebook"):
        subject.subject_of(course, assignment)
    for place in (course.source(assignment), course.release(assignment)):
        place.parent.mkdir(parents=True)
        place.write_bytes(ours.release(assignment).read_bytes())
    first = tasks.load(assignment).tasks[0].id
    course.source(assignment).write_text(course.release(assignment).read_text().replace(first, "other"))
    with pytest.raises(courses.CourseError, match=f"a cell of id {first}"):
        subject.subject_of(course, assignment)


def test_results_are_kept_through_any_stop(tmp_path):
    with Kept(tmp_path / "kept", "1") as kept:
        kept.add("mutant a", {"points": 1.0})
        with pytest.raises(courses.CourseError, match="Another process"):
            Kept(tmp_path / "kept", "1")
    path = tmp_path / "kept" / "results.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("a") as file:
        file.write('{"key": "mutant b", "vers')  # killed while it wrote
    with Kept(tmp_path / "kept", "1") as kept:
        kept.add("mutant c", {"points": 2.0})
    with Kept(tmp_path / "kept", "1") as kept:
        assert kept.found == {"mutant a": {"points": 1.0}, "mutant c": {"points": 2.0}}
    with Kept(tmp_path / "kept", "2") as kept:
        assert kept.found == {}
        kept.keep_answers("mutant a", b"kept")
        kept.keep_answers("mutant b", b"forgotten")
        kept.forget_answers_but({"mutant a"})
        assert (kept.answers("mutant a"), kept.answers("mutant b")) == (b"kept", b"")


def answered(value):
    return {"all": Answer("answer", {"value": np.asarray(value)})}


PREDICTED = {
    "doubled": lambda x: 2 * x,
    "also-doubled": lambda x: x + x,
    "negated": lambda x: -x,
    "same-as-right": lambda x: 1 * x,
    "unknown-to-the-judge": lambda x: 7 * x,
}


def judge(questions, answers):
    """Right is the identity; the first two mistakes cannot be told apart, the last one has no name."""
    x, got = questions["all"].arguments[0], answers["all"].data["value"]
    if np.allclose(got, x):
        return Verdict("correct", 1.0)
    fitting = [name for name in list(PREDICTED)[:3] if np.allclose(got, PREDICTED[name](x))]
    name = EITHER.join(fitting) or "not-a-known-mistake"
    return Verdict("wrong", 0.0, (Finding(name, "Words.", kind=Kind.NOTHING),))


TOY = Task(
    "toy",
    4,
    "toy",
    lambda rng: {"all": Question("toy", (rng.normal(size=5),))},
    judge,
    "The identity.",
    made=lambda asked: {name: answered(f(asked["all"].arguments[0])) for name, f in PREDICTED.items()},
)


def test_a_table_of_mistakes_is_judged_by_its_own_judge():
    secrets = trials.TABLES[:3]
    found = {key("table", "toy", secret): tables.tried(TOY, "a", secret) for secret in secrets}
    table = summary.evidence_of(about(), found, {})["tasks"]["toy"]["table"]
    rows = {name: tuple(count.values()) for name, count in table["mistakes"].items()}
    assert rows == {  # caught, named as itself, named among others, of
        "doubled": (3, 0, 3, 3),
        "also-doubled": (3, 0, 3, 3),
        "negated": (3, 3, 0, 3),
        "same-as-right": (0, 0, 0, 3),
        "unknown-to-the-judge": (3, 0, 0, 3),
    }
    assert table["pairs"] == [["also-doubled", "doubled"]]
    text = " ".join(page(summary.evidence_of(about(), found, {})).split())
    badges = [text.count(f'<span class="badge">{words}') for words in ("kept all marks", "not named")]
    assert badges == [1, 1]
    assert "distinguishes <code>also-doubled</code> of <code>toy</code> from <code>doubled</code>" in text


def test_a_task_without_mistakes_says_so():
    nothing = {"mistakes": {}, "pairs": []}
    for found, words in (
        ({}, "not tried yet"),
        ({key("table", "toy", secret): nothing for secret in trials.TABLES}, "declares no mistakes"),
    ):
        rest = page(summary.evidence_of(about(), found, {})).split("Declared mistakes")[1]
        assert f"<td>{words}</td>" in rest.split("<h2>")[0]


def test_variants_of_a_mistake_are_no_pair_and_a_judge_that_fails_catches_nothing():
    double = PREDICTED["doubled"]
    task = TOY._replace(
        made=lambda asked: {
            f"doubled {variant}": answered(double(asked["all"].arguments[0])) for variant in ("once", "twice")
        }
    )
    found = tables.tried(task, "a", "one")
    assert found["pairs"] == [] and [one["among"] for one in found["mistakes"].values()] == [True, True]
    failing = tables.tried(task._replace(judge=lambda questions, answers: 1 / 0), "a", "one")
    assert not any(one["caught"] for one in failing["mistakes"].values())


def test_mistakes_that_some_input_tells_apart_are_no_pair():
    clipped = {"clipped": lambda x: np.minimum(x, 1), "right": lambda x: x}
    asked = iter([[0.0, 0.5], [0.0, 2.0]])
    task = TOY._replace(
        questions=lambda rng: {"all": Question("toy", (np.array(next(asked)),))},
        made=lambda asked: {name: answered(f(asked["all"].arguments[0])) for name, f in clipped.items()},
    )
    found = {key("table", "toy", secret): tables.tried(task, "a", secret) for secret in trials.TABLES[:2]}
    assert [len(result["pairs"]) for result in found.values()] == [1, 0]
    assert summary.evidence_of(about(), found, {})["tasks"]["toy"]["table"]["pairs"] == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(-1, 1), st.integers(0, 10**6))
def test_answers_are_the_same_within_rounding_and_no_farther(values, off, place):
    values, other = np.array(values), np.array(values)
    place %= len(values)
    other[place] += off * (1e-6 + 0.9e-5 * abs(values[place]))
    assert tables.same(answered(values), answered(other))
    other[place] = values[place] + 1e-5 + 2e-5 * abs(values[place])
    assert not tables.same(answered(values), answered(other))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ([np.nan, np.inf], [np.nan, np.inf], True),
        ([np.nan, 1.0], [0.0, 1.0], False),
        ([[1.0, 2.0]], [1.0, 2.0], False),
        ([1, 2], [1.0, 2.0], True),
        (["a"], ["b"], False),
        ([True, False], [True, True], False),
    ],
)
def test_answers_of_any_form_are_compared(one, other, alike):
    assert tables.same(answered(one), answered(other)) is alike
    nested = [{"all": Answer("answer", {"weights": [np.asarray(v)], "n": 1})} for v in (one, other)]
    assert tables.same(*nested) is alike


def test_exceptions_are_the_same_by_their_kind():
    raised, elsewhere, other = (
        {"all": Answer("error", {"type": kind, "message": words, "line": line})}
        for kind, words, line in (("KeyError", "a", 1), ("KeyError", "b", 2), ("ValueError", "a", 1))
    )
    assert tables.same(raised, elsewhere) and not tables.same(raised, other)
    assert not tables.same(raised, answered(1.0))


@pytest.mark.parametrize(("count", "times"), [(0, 1), (0, 100), (3, 40), (39, 40), (5, 5)])
def test_the_rate_of_false_alarms_is_bounded_as_scipy_does(count, times):
    wanted = stats.binomtest(count, times).proportion_ci(0.9, "exact").high  # one-sided 95 %
    assert summary.at_most(count, times) == pytest.approx(wanted)


def about(*edits, listed=None):
    """A Subject with the toy task and mutants of these edits."""
    found = tuple(mutants.Mutant("negation", "x", edit, 2, f"y = {edit}") for edit in edits)
    rules = SimpleNamespace(id="a", tasks=(TOY,))
    cell = nbformat.v4.new_code_cell("# first\ny = x", metadata={"nbgrader": {"grade_id": "toy"}})
    listed = {("toy", f"x -> {edit}"): reason for edit, reason in (listed or {}).items()}
    notebook = nbformat.v4.new_notebook(cells=[cell])
    return subject.Subject(rules, notebook, None, {"toy": found}, {"toy": {"toy"}}, listed, (), "1")


def result(points=0.0, outcome="wrong", findings=("sign",), elsewhere=()):
    return {
        "points": points,
        "max": 4,
        "outcome": outcome,
        "findings": list(findings),
        "elsewhere": dict(elsewhere),
    }


def test_every_mutant_is_counted_once():
    edits = ["caught", "raises", "person", "survives", "same", "new", "allowed", "accused", "waits"]
    one = about(*edits, listed={"allowed": "the sum is allowed", "accused": "so they say"})
    ids = {edit: mutant.id for edit, mutant in zip(edits, one.mutants["toy"], strict=True)}
    kept = result(4, "correct", ())
    results = {
        "caught": result(elsewhere={"other": 2.0}),
        "raises": result(outcome="error", findings=["raised"]),
        "person": result(outcome="ungraded"),
        "survives": kept,
        "same": kept,
        "new": kept,
        "allowed": kept,
        "accused": result(),
    }
    found = {f"mutant toy {ids[edit]}": value for edit, value in results.items()}
    found[f"again toy {ids['survives']}"] = {"caught": 1, "of": 5, "same": False}
    found[f"again toy {ids['same']}"] = {"caught": 0, "of": 5, "same": True}
    found[f"again toy {ids['caught']}"] = {"caught": 3, "of": 5, "same": False}
    found["seeds toy"] = {"random": True}
    found |= {f"reference {secret}": {"accused": {}} for secret in trials.SECRETS[:9]}
    found[f"reference {trials.SECRETS[9]}"] = {"accused": {"toy": ["timeout"]}}
    evidence = summary.evidence_of(one, found, {"mutant toy x": "KeyError: <x>"})
    task = evidence["tasks"]["toy"]
    assert task["mutants"] == {
        "made": 9,
        "judged": 8,
        "caught": 2,
        "person": 1,
        "survived": 1,
        "same": 1,
        "uncompared": 1,
        "listed": 2,
        "waiting": 1,
        "named": 1,
        "raised": 1,
        "elsewhere": 1,
    }
    assert task["reference"] == {
        "accused": 1,
        "of": 10,
        "at_most": pytest.approx(0.394, abs=1e-3),
        "findings": ["timeout"],
    }
    assert task["power"] == {"mutants": 2, "caught": 1 + 4, "of": 12}
    assert evidence["held"] == len(found)
    assert json.loads(json.dumps(evidence)) == evidence
    assert all(row["text"] == "y = x" and row["line"] == 2 for row in task["rows"])
    text = page(evidence)
    assert "under 5 of 6 sets of inputs" in text and "Listed as equivalent, and lost marks" in text
    assert "under 4 of 6" in text and "&lt;x&gt;" in text


def test_the_page_needs_nothing_from_outside_and_shows_code_as_text():
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    one = about(hostile)
    found = {f"mutant toy {one.mutants['toy'][0].id}": result(4, "correct", [hostile])}
    text = page(summary.evidence_of(one, found, {}))
    assert "<script" not in text and "<img" not in text and "&lt;script&gt;" in text
    assert not re.search(r"<[^>]*(src|href)=|url\(|@import", text)
    assert "default-src 'none'" in text


def test_what_survives_is_tried_again_at_once():
    one = about("a", "b", "c")
    first, second, third = (mutant.id for mutant in one.mutants["toy"])
    order = [trial.key for trial in trials.trials(one, {}) if trial.kind not in ("reference", "table")]
    assert order == ["seeds toy", *(f"mutant toy {name}" for name in (first, second, third))]
    assert sum(trial.kind == "reference" for trial in trials.trials(one, {})) == len(trials.SECRETS)
    found = {
        "seeds toy": {"random": False},
        f"mutant toy {first}": result(4, "correct", ()),
        f"mutant toy {second}": result(),
    }
    order = [trial.key for trial in trials.trials(one, found) if trial.kind != "reference"]
    assert order.index(f"again toy {first}") < order.index(f"mutant toy {second}")
    assert f"again toy {second}" not in order
    random = trials.trials(one, found | {"seeds toy": {"random": True}})
    assert f"again toy {second}" in [trial.key for trial in random]
    assert {trial.key for trial in random} <= trials.every_key(one)


class Idle:
    """Workers that nothing is asked of."""

    limits, jailed, jobs, stopped = gathering.DEFAULT_LIMITS, False, 2, False

    def take(self):
        return self

    def give_back(self, worker):
        pass

    def stop(self):
        self.stopped = True


@pytest.fixture
def gathered(tmp_path, monkeypatch):
    """Gather with trials that are held by a function, and a course that has nothing else."""
    one = about("a", "b", "c")._replace(release=nbformat.v4.new_notebook())

    def gather(hold, minutes=1.0, on_trial=lambda *about: None, jobs=2):
        monkeypatch.setattr(gathering.Trials, "hold", lambda self, trial, worker: hold(trial))
        workers = Idle()
        with Kept(tmp_path / "kept", "1") as kept:
            try:
                return gathering.gather(one, kept, workers, minutes, jobs, on_trial), kept.found
            finally:
                assert workers.stopped

    return gather


FIRST_TABLE = key("table", "toy", trials.TABLES[0])
EVERY = 1 + 3 + len(trials.TABLES) + len(trials.SECRETS)  # trials of three mutants, none of which is repeated


def outcome(trial):
    return {
        "table": {"mistakes": {}, "pairs": []},
        "seeds": {"random": False},
        "reference": {"accused": {}},
        "mutant": result(),
        "again": {"caught": 0, "of": 5, "same": True},
    }[trial.kind]


def test_all_trials_are_held_once_and_kept(gathered):
    held, counts = [], []

    def hold(trial):
        held.append(trial.key)
        return outcome(trial)

    failed, found = gathered(hold, on_trial=lambda trial, *done: counts.append(done))
    assert failed == {} and sorted(held) == sorted(found) and len(held) == EVERY
    assert counts[-1] == (len(held), len(held))
    again, found_again = gathered(hold)
    assert (again, found_again) == ({}, found) and len(held) == len(found)


def test_a_trial_that_fails_twice_stops_no_other(gathered):
    calls = []

    def hold(trial):
        calls.append(trial.key)
        if trial.kind == "seeds" or trial.key == FIRST_TABLE and calls.count(FIRST_TABLE) < 2:
            raise KeyError("words")
        return outcome(trial)

    failed, found = gathered(hold)
    assert failed == {"seeds toy": "KeyError: 'words'"} and calls.count("seeds toy") == 2
    assert "seeds toy" not in found and FIRST_TABLE in found


def test_a_reference_that_is_too_slow_is_no_verdict(monkeypatch):
    late = grading.TaskResult(0.0, 4, "timeout", (Finding("timeout", "Words."),))
    monkeypatch.setattr(grading, "judge_submission", lambda *about: SimpleNamespace(tasks={"toy": late}))
    monkeypatch.setattr(trials.Trials, "_prepared", lambda self, worker: None)
    one = about("a")
    one = one._replace(rules=tasks.load(next(iter(tasks.ASSIGNMENTS))))
    with pytest.raises(TimeoutError, match="in time in toy"):
        trials.Trials(one).hold(trials.Trial(0, "reference", secret="one"), None)


def test_time_and_ctrl_c_end_it_with_what_came(gathered):
    def slow(trial):
        time.sleep(0.05)
        return outcome(trial)

    begin = time.monotonic()
    _, found = gathered(slow, minutes=0.5 / 60)
    assert 0 < len(found) < EVERY and time.monotonic() - begin < 5

    def stop(trial, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gathered(outcome, on_trial=stop)
    _, after = gathered(outcome)
    assert len(after) == EVERY


def test_wrong_usage_and_a_course_without_release(tmp_path):
    assert invoked("evidence", "no-such").exit_code == 2
    assignment = next(iter(tasks.ASSIGNMENTS))
    assert invoked("evidence", assignment, "--minutes", "0").exit_code == 2
    failure = invoked("evidence", assignment, "--course", tmp_path)
    assert isinstance(failure.exception, courses.CourseError) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("failed", [{}, {"mutant toy x": "KeyError"}])
def test_the_command_writes_for_the_owner_alone(failed, tmp_path, monkeypatch):
    assignment = next(iter(tasks.ASSIGNMENTS))
    course = courses.Course(tmp_path)
    course.release(assignment).parent.mkdir(parents=True)
    course.release(assignment).write_text("{}")
    monkeypatch.setattr(gathering, "subject_of", lambda course, assignment: about("a"))
    monkeypatch.setattr(gathering, "gather", lambda *arguments: failed)
    run = invoked("evidence", assignment, "--course", tmp_path)
    assert run.exit_code == bool(failed), run.output
    for name in ("evidence.html", "evidence.json"):
        assert stat.S_IMODE((course.reports(assignment) / name).stat().st_mode) == 0o600


@pytest.mark.slow
@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_a_short_run_and_the_next_one(assignment, tmp_path):
    course = courses.init(tmp_path / "course")
    first = gathering.examine(course, assignment, minutes=0.7, jobs=2)
    second = gathering.examine(course, assignment, minutes=0.7, jobs=2)
    assert 0 < first["held"] < second["held"] and first["failed"] == second["failed"] == {}
    for task in second["tasks"].values():
        assert task["reference"]["accused"] == 0


@pytest.mark.slow
def test_a_judge_of_an_instructor_is_examined_as_ours_are(tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    steps = guide.follow(tmp_path, "autograder release k-means", {**os.environ, "PATH": path})
    assert [run.returncode for _, run in steps] == [0] * len(steps)
    found = gathering.examine(courses.Course(tmp_path / "course"), "k-means", minutes=1.5, jobs=2)
    assert found["failed"] == {} and any(task["mutants"]["judged"] for task in found["tasks"].values())
    for name, task in found["tasks"].items():
        mistakes = task["table"]["mistakes"].values()
        assert len(mistakes) >= 2 and not task["mutants"]["survived"], name
        assert all(one["caught"] == one["of"] == one["named"] + one["among"] for one in mistakes), name


@pytest.mark.slow
def test_ctrl_c_leaves_a_page_and_what_came(tmp_path):
    assignment, course = next(iter(tasks.ASSIGNMENTS)), courses.init(tmp_path / "course")
    words = ["-m", "autograder", "evidence", assignment, "--course", str(course.root), "--jobs", "1"]
    place = course.reports(assignment)
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not ((kept := place / ".evidence" / "results.jsonl").is_file() and kept.read_text()):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode not in (0, 1, 2)
    assert json.loads((place / "evidence.json").read_text())["held"] >= 1
    assert (place / "evidence.html").is_file()
