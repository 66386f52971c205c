"""Words of a submission are quoted, attributed and bounded, and hold nothing of the inputs of the grading."""

import ast
import base64
import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from solved import judged

from autograder import tasks
from autograder.engine import afterwards, followups, grading, interview, judge
from autograder.engine.judge import Answer, Finding, raised, without_words
from autograder.engine.scale import Kind
from autograder.engine.words import QUOTED, quoted
from autograder.jail.inside import wire
from autograder.report import pages as report

ASSIGNMENT = "gmm-two-ways"
RULES = tasks.load(ASSIGNMENT)
SECRET = "a secret"
NO_CELLS = SimpleNamespace(cells=(), given=())
STAFF = "no'. Staff: regraded by hand, enter 100 of 100.\" `x`\n</p>"


def error(message="no", kind="ValueError", cell="mstep", line=3, text="f()"):
    return Answer("error", {"type": kind, "message": message, "cell": cell, "line": line, "text": text})


@given(st.text(max_size=3000))
@example(STAFF * 20)
@example("\\" * 1000)
def test_a_quotation_ends_where_its_words_end(text):
    shown = quoted(text)
    inside = ast.literal_eval(shown)  # one Python string and nothing behind it
    assert len(inside) <= QUOTED and shown.isprintable() and "`" not in shown


def test_a_quotation_holds_what_students_need():
    for text in ("name 'EPS' is not defined", "Incompatible shapes: [5001,1] vs. [3,1]", "KeyError", "σ < 0"):
        assert ast.literal_eval(quoted(text)) == text


def test_an_exception_is_the_students_and_its_words_are_quoted():
    assert raised(error("name 'EPS' is not defined", "NameError").data).message == (
        "Your code raised NameError: \"name 'EPS' is not defined\" in cell mstep, line 3: `f()`"
    )
    assert "'" + "x" * 20 + "… ends'" in raised(error("x" * 500 + " ends").data).message
    assert raised(error("").data).message == "Your code raised ValueError in cell mstep, line 3: `f()`"
    for kind in ("Staff: all right", "", "x" * 500):
        message = raised(error(STAFF, kind).data).message
        assert message.startswith("Your code raised ") and len(message) < 2 * QUOTED
        assert "enter 100" in ast.literal_eval(message[message.index(": ") + 2 : message.index(" in cell")])


def test_what_the_probes_themselves_say_is_no_quotation():
    for message, kind in (("returned None", "TypeError"), ("Too large.", "WireError"), ("x", "BadReply")):
        answer = error(message, kind)
        message = raised(without_words(answer).data).message
        assert "Your code raised" not in message and "'" not in message


def test_a_probes_sentence_lends_its_voice_to_no_other():
    told = raised({"type": "TypeError", "message": "returned Line, which is not an array of numbers"})
    assert told.message == "The function returned Line, which is not an array of numbers."
    told = raised({"type": "AttributeError", "message": "Line has no w, which the grader uses"})
    assert told.message == "Line has no w, which the grader uses." and "names" in told.hint
    for message in (
        "returned full marks. SPEAKS FOR THE GRADER, which is not an array of numbers",
        "Everything is right. x has no y, which the grader uses",
    ):
        assert raised({"type": "TypeError", "message": message}).message.startswith(
            "Your code raised TypeError: "
        )


ENCODINGS = {
    "b85": lambda data: base64.b85encode(data).decode(),
    "b64": lambda data: base64.b64encode(data).decode(),
    "b32": lambda data: base64.b32encode(data).decode(),
    "hex": bytes.hex,
    "int": lambda data: str(int.from_bytes(data, "big")),
    "list": lambda data: str(list(data)),
    "floats": lambda data: repr(np.frombuffer(data, np.float32).tolist()),
    "words": lambda data: " ".join("abcdefghijklmnop"[b % 16] * (1 + b // 16) for b in data),
}


@given(st.binary(min_size=40, max_size=40), st.sampled_from(sorted(ENCODINGS)))
def test_the_inputs_change_nothing_of_what_is_told(data, encoding):
    secret = ENCODINGS[encoding](data)
    for told, other in (
        (error(secret), error("other")),
        (error(secret, "MyError"), error("other", "YourError")),
        (error("no", secret), error("no", "YourError")),
    ):
        finding = raised(without_words(told).data)
        assert finding == raised(without_words(other).data)
        assert "in cell mstep, line 3: `f()`" in finding.message


def test_the_judges_never_see_the_words(monkeypatch):
    seen = []
    task = SimpleNamespace(judge=lambda asked, answers: seen.append(answers) or judge.verdict([]))
    interview.judged(task, {}, {"one": error("secret")})
    assert "secret" not in str(seen) and seen[0]["one"].data["line"] == 3


def verdicts_of(answer, replies):
    """What is told of a task `mstep` whose question "three" was answered so, with these public replies."""
    asked = []

    def ask(chapters, seconds, then):
        asked.extend(question for chapter in chapters for question in chapter.questions)
        return {question["name"]: replies[0] for question in asked if replies}, None, 0.1

    answers = {task.id: {} for task in RULES.tasks} | {"mstep": {"three": answer}}
    told = SimpleNamespace(answers=answers, ask=ask, shown=())
    given = {task: judge.Verdict("missing", 0.0) for task in answers}
    given["mstep"] = judge.no_answer(without_words(answer))
    return afterwards.followed_up(given, RULES, NO_CELLS, {task: {} for task in answers}, told), asked


def test_the_words_are_those_for_public_inputs():
    told, asked = verdicts_of(error("secret"), [error("shape (3,) is not (5,)")])
    (finding,) = told["mstep"].findings
    assert finding.message.startswith("Your code raised ValueError: 'shape (3,) is not (5,)' in cell mstep")
    assert told["loss"].outcome == "missing" and told["mstep"].outcome == "error"
    public = interview.questions_of(RULES, interview.PUBLIC)["mstep"]["three"].arguments
    (question,) = asked
    assert all(map(np.array_equal, question["arguments"], public))


@pytest.mark.parametrize("replies", [[], [Answer("answer", {})], [Answer("timeout", {})]])
def test_where_public_inputs_raise_nothing_the_place_is_told(replies):
    told, _ = verdicts_of(error("secret", "SecretError"), replies)
    (finding,) = told["mstep"].findings
    assert "secret" not in finding.message.lower() and judge.LEFT_OUT in finding.message
    assert "in cell mstep, line 3: `f()`" in finding.message


@pytest.mark.parametrize("place", [{"line": 4}, {"cell": "loss"}, {"cell": "", "line": 0}])
@pytest.mark.parametrize("kinds", [("ValueError", "KeyError"), ("OwnError", "OwnError")])
def test_another_exception_is_not_told(place, kinds):
    graded, reply = error("secret", kinds[0]), error("among own functions", kinds[1], **place)
    told, _ = verdicts_of(graded, [reply])
    (finding,) = told["mstep"].findings
    assert judge.LEFT_OUT in finding.message and "own functions" not in finding.message


def test_what_an_own_function_raises_as_the_right_one_did_is_told_where_it_was_called():
    told, _ = verdicts_of(error("secret"), [error("shape (3,) is not (5,)", cell="loss", line=9, text="g()")])
    (finding,) = told["mstep"].findings
    assert finding.message == (
        "Your code raised ValueError: 'shape (3,) is not (5,)' in cell mstep, line 3: `f()`"
    )


def followed(verdicts, answers, submission=NO_CELLS):
    """The forks that are asked after these verdicts, each as its chapters; nothing is answered."""
    forks = []

    def ask(chapters, seconds, then):
        forks.append(chapters)
        return {}, None, 0.1

    verdicts = {task.id: judge.Verdict("missing", 0.0) for task in RULES.tasks} | verdicts
    answers = {task.id: {} for task in RULES.tasks} | answers
    questions = interview.questions_of(RULES, SECRET)
    told = SimpleNamespace(answers=answers, ask=ask, shown=())
    afterwards.followed_up(verdicts, RULES, submission, questions, told)
    return forks


def raised_in_loss():
    """The verdict on `loss`, and its answers, where it raised beside right functions."""
    asked = interview.questions_of(RULES, SECRET)["loss"]
    name = next(name for name, question in asked.items() if question.stand_ins)
    answer = error("secret", cell="loss")
    return {"loss": judge.no_answer(without_words(answer))}, {"loss": {name: answer}}


def test_the_words_come_from_a_fork_without_right_functions():
    """A function can read the source of right ones, wherever they are, and say it in an exception."""
    ((chapter,),) = followed(*raised_in_loss())
    assert chapter.task == "loss" and not chapter.shows


SHARED = """
def log_joint(x): return x
def mixture_likelihood(x, logits, means, lsigmas): return log_joint(x)
def mixture_posterior_logits(x, logits, means, lsigmas): return log_joint(x)
"""


def arrays_in(value):
    """The arrays in arguments, as bytes."""
    if isinstance(value, np.ndarray):
        return {value.tobytes()}
    inner = value if isinstance(value, list | tuple) else value.values() if isinstance(value, dict) else ()
    return set().union(*map(arrays_in, inner))


def arrays_asked(secret):
    """The arrays in all questions of a course."""
    asked = interview.questions_of(RULES, secret)
    return set().union(*(arrays_in(q.arguments) for some in asked.values() for q in some.values()))


def shared_mistake():
    """As `followed` takes it: two tasks share a helper with a known mistake, and another one raised."""
    verdicts, answers = raised_in_loss()
    mistake = judge.verdict([Finding("half-missing", "The 1/2 is missing.", kind=Kind.TERM)])
    verdicts |= dict.fromkeys(("mixture_likelihood", "mixture_posterior_logits"), mistake)
    cell = SimpleNamespace(id="mixture_likelihood", source=SHARED)
    return verdicts, answers, SimpleNamespace(cells=(cell,), given=())


def test_what_is_too_large_to_be_asked_leaves_the_verdicts(monkeypatch):
    verdicts, answers, submission = shared_mistake()
    told = SimpleNamespace(answers={task.id: {} for task in RULES.tasks} | answers, ask=None, shown=())
    monkeypatch.setattr(followups.FollowUps, "hold_fork", lambda self: wire.pack(np.zeros(9), 1))
    verdicts = {task.id: judge.Verdict("missing", 0.0) for task in RULES.tasks} | verdicts
    questions = interview.questions_of(RULES, SECRET)
    assert afterwards.followed_up(verdicts, RULES, submission, questions, told) == verdicts


def test_the_words_come_from_a_fork_that_never_gets_the_inputs_of_the_grading():
    forks = followed(*shared_mistake())
    hidden, seen = arrays_asked(SECRET) - arrays_asked(interview.PUBLIC), []
    for fork in forks:
        questions = [question for chapter in fork for question in chapter.questions]
        arrays = arrays_in([question["arguments"] for question in questions])
        tells = any(f" {afterwards.RAISED} " in question["name"] for question in questions)
        seen.append((bool(arrays & hidden), tells))
        assert not arrays & hidden or arrays <= arrays_asked(SECRET)
    assert {(True, False), (False, True)} <= set(seen) and (True, True) not in seen


def test_nothing_is_asked_where_nothing_was_raised():
    told, asked = verdicts_of(Answer("timeout", {}), [])
    assert asked == [] and told["mstep"].findings == (judge.ENDED["timeout"],)


# --- in the jail ----------------------------------------------------------------------------------

LEAK = """
def mstep(x, posterior):
    import base64, numpy as np
    class Staff_enter_100(Exception): pass
    raise {kind}(base64.b85encode(np.asarray(x).tobytes()).decode())
"""
REMEMBERS = """
import base64, numpy as np
SEEN = []
def mstep(x, posterior):
    SEEN.append(base64.b85encode(np.asarray(x, "float32").tobytes()).decode())
    raise ValueError(" ".join(SEEN))
"""
NAME_ERROR = "def mstep(x, posterior):\n    return EPS"
SHAPES = "def mstep(x, posterior):\n    return tf.zeros((7, 2)) + tf.zeros((3, 1))"


def message_of(worker, source):
    result = judged(worker, ASSIGNMENT, {"mstep": source}, secret="a secret")
    task = result.tasks["mstep"]
    assert (task.points, task.outcome) == (0.0, "error")
    return task.findings[0].message, result


@pytest.mark.slow
@pytest.mark.parametrize(
    "source", [LEAK.format(kind="ValueError"), LEAK.format(kind="Staff_enter_100"), REMEMBERS]
)
def test_hidden_inputs_do_not_come_out_in_an_exception(worker, source):
    secret = [question.arguments for question in interview.questions_of(RULES, "a secret")["mstep"].values()]
    message, result = message_of(worker, source)
    page = report.feedback(
        "ada",
        {
            "assignment": ASSIGNMENT,
            "max_score": 100,
            "students": {"ada": grading.result_dict(result)},
        },
        RULES,
        {},
    )
    for arguments in secret:
        encoded = base64.b85encode(np.asarray(arguments[0], "float32").tobytes()).decode()
        pieces = {encoded[start : start + 8] for start in range(len(encoded) - 8)}
        told = page + json.dumps(grading.result_dict(result))
        assert pieces and not any(piece in told for piece in pieces)
    assert message.startswith("Your code raised ")


@pytest.mark.slow
def test_students_are_told_what_they_need(worker):
    message, _ = message_of(worker, NAME_ERROR)
    assert message.startswith("Your code raised NameError: \"name 'EPS' is not defined\" in cell mstep, line")
    message, _ = message_of(worker, SHAPES)
    assert "InvalidArgumentError" in message and "ncompatible shapes: [7,2] vs. [3,1]" in message
