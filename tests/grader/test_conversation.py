"""A submission speaks for itself, in its turn, and can neither answer ahead nor break the grader."""

import itertools

import numpy as np
import pytest
from fuzz import few_or_many, holds_for
from hypothesis import strategies as st

from autograder.jail import conversation
from autograder.jail.inside.wire import WireError

REQUEST = {
    "cells": [{"id": "cell", "source": "import os\nx = 1\n  f()\n", "gives": []}],
    "preset": {},
    "skip": [],
    "names": ["f"],
    "probes": "",
}
QUESTIONS = [{"name": "one"}, {"name": "two"}]
READY = {"event": "ready", "names": ["f"]}
STARTED = {"event": "started", "at": [0, 1, 0]}
ERROR = {"type": "ValueError", "message": "no", "cell": "cell", "line": 3}


def talk(*replies, questions=QUESTIONS):
    """Hold a conversation in which the other side says `replies`; a function gets what it was sent."""
    sent, frames, left = [], [], list(replies)

    def receive(*limits):
        reply = left.pop(0) if left else None
        return reply(sent[-1]) if callable(reply) else reply

    try:
        chapter = {"task": "f", "stand_ins": "secret", "seed": 1, "questions": questions}
        chapters = [chapter] if questions else []
        conversation.hold({**REQUEST, "chapters": chapters}, sent.append, receive, frames)
    except WireError:
        return sent, frames, "refused"
    return sent, frames, "finished"


def answer(question, value=1):
    about = {"question": question["name"], "token": question["token"]}
    return {"event": "answer", **about, "answer": {"value": value}}


def test_what_is_asked_and_answered_in_turn_comes_back():
    sent, frames, ended = talk(STARTED, READY, answer, lambda q: {**answer(q), "event": "error", **ERROR})
    assert ended == "finished"
    assert [frame["event"] for frame in frames] == ["started", "ready", "asked", "answer", "asked", "error"]
    assert frames[3] == {"event": "answer", "question": "one", "answer": {"value": 1}}
    assert frames[5] == {"event": "error", "question": "two", **ERROR, "text": "f()"}
    assert sent[2] == {"task": "f", "stand_ins": "secret", "seed": 1}
    assert [question["name"] for question in sent[3:]] == ["one", "two"]


def test_nothing_of_the_questions_is_sent_before_the_cells_ran():
    sent, _, _ = talk()
    assert len(sent) == 1 and not sent[0].keys() & {"chapters", "probes"}
    sent, _, _ = talk(READY)
    assert [question["name"] for question in sent[3:]] == ["one"]


def test_the_cells_alone_need_no_question():
    sent, frames, ended = talk(READY, questions=[])
    assert ended == "finished" and len(sent) == 1
    assert [{name: frame[name] for name in READY} for frame in frames] == [READY]


@pytest.mark.parametrize(
    "replies",
    [
        (READY, answer, answer, answer),  # the third is never read
        (READY, answer, lambda q: answer({**q, "name": "one"})),  # repeated
        (READY, lambda q: answer({**q, "name": "two"})),  # ahead of its turn
        (READY, answer, lambda q: {**answer(q), "token": "0" * 16}),  # made before it was asked
        (READY, lambda q: {k: v for k, v in answer(q).items() if k != "token"}),
        (READY, lambda q: {**answer(q), "answer": [1]}),
        (READY, lambda q: {**answer(q), "question": np.array(["one"])}),
        (READY, lambda q: {**answer(q), "question": ["one"]}),
        (READY, lambda q: {**answer(q), "event": "error"}),
        (READY, STARTED),
        (READY, READY),
        ({"event": "answer", "question": "one", "answer": {"value": 1}},),
        ({"event": np.zeros(3)},),
        ({**STARTED, "at": [0, 1, 1 << 40]},),
        ({**STARTED, "at": [1, 1, 0]}, READY),
        ({**READY, "names": ["f"] * 100_000},),
        ({**READY, "names": {"f": 1}},),
        (None,),
        (["ready"],),
        ("ready",),
    ],
)
def test_who_speaks_out_of_turn_is_not_heard(replies):
    _, frames, ended = talk(*replies)
    answers = [frame["question"] for frame in frames if frame["event"] == "answer"]
    if len(replies) == 4:
        assert ended == "finished" and answers == ["one", "two"]
    else:
        assert ended == "refused" and len(answers) <= sum(reply is answer for reply in replies)


def test_which_cell_it_was_is_told_by_its_place_whatever_the_frame_says():
    lies = {"in": "Staff: all right", "text": "Staff: all right", "cell": "Staff: all right"}
    starts = {**STARTED, **lies, "at": [0, 2, 0]}
    raises = {**ERROR, **lies, "event": "raised", "at": [0, 2, 0]}
    _, frames, _ = talk(starts, raises, starts, {**raises, "cell": "cell", "line": 4}, READY)
    assert [frame["at"][0] for frame in frames[:4]] == [0] * 4
    assert [(f["cell"], f["line"], f["text"]) for f in frames[1:4:2]] == [("", 0, ""), ("cell", 4, "")]
    assert "Staff" not in str(frames)
    _, frames, _ = talk(starts, {**raises, "cell": "cell", "line": 2**31 - 1}, READY)
    assert (frames[1]["cell"], frames[1]["line"]) == ("", 0)


def turns(*places):
    """How a conversation goes on in which statements start; "raised" says that the one before raised."""
    frames = [
        {"event": "raised", **ERROR, "at": before} if at == "raised" else {**STARTED, "at": at}
        for before, at in itertools.pairwise([None, *places])
    ]
    return talk(*frames, READY, answer, answer)[-1]


A, B, C = [0, 1, 0], [0, 2, 0], [0, 2, 4]


@pytest.mark.parametrize(
    "places",
    [(), (A, B, C), ([0, 0, 0],), ([0, 0, 0], "raised"), (A, "raised", B, A), (A, "raised", B, A, "raised")],
)
def test_statements_begin_in_their_order_and_once_more_if_they_raised(places):
    assert turns(*places) == "finished"


@pytest.mark.parametrize(
    "places",
    [
        (A, A),
        (B, A),
        (C, B),
        (A, B, A),
        ([0, 0, 1],),
        ([0, 0, 0], [0, 0, 0]),
        (A, "raised", B, A, A),
        (A, "raised", B, A, "raised", A),
    ],
)
def test_no_statement_begins_out_of_its_turn(places):
    assert turns(*places) == "refused"


def test_a_statement_raises_once_while_it_runs():
    raised = {**ERROR, "event": "raised", "at": A}
    for frames in ((raised,), (STARTED, raised, raised), (STARTED, {**raised, "at": B})):
        assert talk(*frames, READY, answer, answer)[-1] == "refused"


def test_of_a_long_line_only_the_beginning_is_kept(monkeypatch):
    monkeypatch.setitem(REQUEST, "cells", [{"id": "cell", "source": " x" * 100_000, "gives": []}])
    _, frames, _ = talk(STARTED, {**ERROR, "event": "raised", "at": A, "line": 1}, READY)
    assert len(frames[1]["text"]) == conversation.LINE_LIMIT


def limits_of(*arguments, **about):
    return conversation.answer_limits({"name": "one", "arguments": arguments, **about})


def test_an_answer_may_be_as_large_as_its_question_asks_for():
    least = limits_of(1.5, "x", None)
    assert least == limits_of(np.zeros((10, 3))) and least[1] >= 10 * 3 * 100
    assert limits_of(np.zeros((20_000, 2)))[1] >= 20_000 * 15  # one number for each point and component
    assert limits_of({"points": [20_000]})[1] >= 20_000 * 15
    assert limits_of(2**31)[1] * 8 < 16 << 20  # a seed, perhaps
    assert all(more > less for more, less in zip(limits_of(watch=["f"]), least, strict=True))


def test_the_other_side_is_told_how_much_it_may_say():
    sent, _, _ = talk(READY, answer, answer)
    assert [question["numbers"] for question in sent[3:]] == [limits_of()[1]] * 2


def test_a_flood_of_events_ends():
    _, frames, ended = talk(*({**STARTED, "at": [0, 1, k]} for k in range(conversation.EVENTS_LIMIT + 10)))
    assert ended == "refused" and len(frames) == conversation.EVENTS_LIMIT + 1


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
PLAIN |= st.builds(np.zeros, st.integers(0, 3)) | st.just(np.float32(1))
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(["event", "at", "names", "question", "token", "answer", *ERROR])
WORDS = st.sampled_from(["started", "raised", "ready", "answer", "error", "one", "two", "f"]) | ANYTHING
FRAMES = ANYTHING | st.dictionaries(FIELDS, WORDS | st.just([0, 1, 0]) | st.just([]))


@few_or_many
def test_any_frames_are_believed_or_refused(examples):
    @holds_for(examples, st.lists(FRAMES, max_size=4), st.booleans())
    def _(replies, ready):
        _, frames, _ = talk(*([READY] if ready else []), *replies)
        assert not any(frame["event"] == "answer" for frame in frames)  # none can know a token
        for frame in frames:
            assert frame["event"] in ("started", "raised", "ready", "asked")
