"""The grader's side of a conversation with a submission: who may say what, and when.

The student's code can write to the same socket as the worker around it. It can only ever speak for
itself: a question is sent when the one before is answered, and an answer counts with the token that
came with its question. Whatever else arrives ends the conversation.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.jail.inside.wire import EndedEarly, WireError

Frame = dict[str, Any]
Cells = Sequence[Mapping[str, Any]]  # each with its `id` and `source`
Send = Callable[[Frame], None]
Receive = Callable[..., object]  # (most bytes of JSON, most numbers) -> a frame
More = Callable[[list[Frame]], Sequence[Frame]]  # the frames so far -> the chapters that follow
EVENTS_LIMIT = 20_000
# Bytes of JSON of an answer (most for an exception's words), and of one with recorded calls; its numbers.
ANSWER_TEXT, CALLS_TEXT = 12 << 10, 128 << 10
FEWEST_NUMBERS, NUMBERS_FOR_EACH, MOST_POINTS = 1 << 15, 16, 1 << 16
NAME_LIMIT, TEXT_LIMIT, LINE_LIMIT, PLACES_LIMIT = 200, 2000, 600, 2000
ERROR_TEXTS = ("type", "message", "cell")


def hold(
    request: Frame,
    send: Send,
    receive: Receive,
    frames: list[Frame],
    on_ready: Callable[[], None] = lambda: None,
    more: More = lambda frames: [],
) -> None:
    """Have the cells run, then ask one question after another.

    Args:
        request: `cells`, `preset`, `skip`, `names`, then `probes` and `chapters`, each with the `task` that
            its `questions` are about, the `stand_ins` that are in place for them and the `seed` of all draws.
        send: sends one frame.
        receive: waits for the next frame; None where none comes any more. Called with what `answer_limits`
            returns for an answer, with nothing for a frame about the cells, which brings no arrays.
        frames: grows by what the grader may believe, so that it is there when the other side fails; those
            about the cells with the seconds after which they came, and each question with the seconds that
            its answer took.
        on_ready: called when the cells ran.
        more: the chapters that follow, made from the frames so far once all others were answered.
    Raises:
        EndedEarly: the other side ended early.
        WireError: it spoke out of turn.
    """
    cells = request["cells"]
    send({name: value for name, value in request.items() if name not in ("probes", "chapters")})
    _run_cells(receive, frames, cells)
    on_ready()
    if not request["chapters"]:
        return
    send({"probes": request["probes"]})
    chapters = request["chapters"]
    while chapters:
        for chapter in chapters:
            send({name: chapter[name] for name in ("task", "stand_ins", "seed")})
            for question in chapter["questions"]:
                _ask(question, send, receive, frames, cells)
        chapters = more(frames)


def _ask(question: Frame, send: Send, receive: Receive, frames: list[Frame], cells: Cells) -> None:
    token, since = secrets.token_hex(8), time.monotonic()
    text, numbers = answer_limits(question)
    send({**question, "token": token, "numbers": numbers})
    asked: Frame = {"event": "asked", "question": question["name"]}
    frames.append(asked)
    frames.append(reply(receive(text, numbers), question["name"], token, cells))
    asked["seconds"] = time.monotonic() - since


def _run_cells(receive: Receive, frames: list[Frame], cells: Cells) -> None:
    start, turns = time.monotonic(), Turns()
    while True:
        frame = about_cells(receive(), cells)
        turns.take(frame)
        frames.append({**frame, "seconds": time.monotonic() - start})
        if frame["event"] == "ready":
            return
        if len(frames) > EVENTS_LIMIT:
            raise WireError("Too many frames.")


class Turns:
    """Which statements of a notebook may begin: each once, in their order, and once more if it raised.

    So there are at most two frames that say `started` for a statement, and one `raised` for each of these.
    """

    def __init__(self) -> None:
        self.furthest, self.first = [-1, 0, 0], False
        self.running: list[int] | None = None
        self.failed: set[tuple[int, ...]] = set()  # places that may begin once more

    def take(self, frame: Frame) -> None:
        """Note the next frame about the cells.

        Raises:
            WireError: it is not this statement's turn.
        """
        at = frame.get("at", [])
        if frame["event"] == "started":
            self.first, self.running = at > self.furthest, at
            if self.first:
                self.furthest = at
            else:
                require(tuple(at) in self.failed)
                self.failed.remove(tuple(at))
        elif frame["event"] == "raised":
            require(at == self.running)
            self.running = None
            if self.first:
                self.failed.add(tuple(at))


def answer_limits(question: Mapping[str, Any]) -> tuple[int, int]:
    """The most bytes of JSON, and the most numbers in arrays, that an answer to this question may have.

    A right answer has a few numbers for each number of the arguments, or for each point that a whole number
    among them asks for. The most that all answers take in memory follows from this. Recorded calls may have
    as many again.
    """
    numbers = max(FEWEST_NUMBERS, NUMBERS_FOR_EACH * numbers_in(question.get("arguments", ())))
    return (CALLS_TEXT, 2 * numbers) if question.get("watch") else (ANSWER_TEXT, numbers)


def numbers_in(value: object) -> int:
    """How many numbers arguments have; a whole number counts for as many points."""
    if isinstance(value, np.ndarray | np.generic):
        return value.size
    if isinstance(value, list | tuple | dict):
        return sum(map(numbers_in, value.values() if isinstance(value, dict) else value))
    return max(1, min(value, MOST_POINTS)) if isinstance(value, int) else 1


def about_cells(frame: Any, cells: Cells) -> Frame:
    """A frame that tells how the cells ran, with the fields it must have and no others.

    Args:
        cells: those that were sent; which one it is about is told by its place among them.
    """
    event = event_of(frame)
    if event == "ready":
        require(is_list(frame.get("names"), is_name))
        return {"event": "ready", "names": frame["names"]}
    require(event in ("started", "raised") and is_place(frame.get("at")) and frame["at"][0] < len(cells))
    kept = {"event": event, "at": frame["at"]}
    return kept | error(frame, cells) if event == "raised" else kept


def reply(frame: Any, question: str, token: str, cells: Cells) -> Frame:
    """The answer to this question, or the exception that was raised instead."""
    event = event_of(frame)
    require(event in ("answer", "error"))
    require(is_name(frame.get("question")) and frame["question"] == question)
    require(is_name(frame.get("token")) and frame["token"] == token)
    kept = {"event": event, "question": question}
    if event == "error":
        return kept | error(frame, cells)
    require(isinstance(frame.get("answer"), dict))
    return kept | {"answer": frame["answer"]}


def error(frame: Frame, cells: Cells) -> Frame:
    """The fields that describe an exception; its place is a line of a cell that was sent, or none."""
    require(all(isinstance(frame.get(name), str) for name in ERROR_TEXTS))
    require(is_number(frame.get("line")))
    kept = {name: frame[name][:TEXT_LIMIT] for name in ERROR_TEXTS}
    sources = {cell["id"]: cell["source"] for cell in cells}
    lines = sources.get(frame["cell"], "").split("\n")
    if frame["cell"] not in sources or not 0 < frame["line"] <= len(lines):
        return kept | {"cell": "", "line": 0, "text": ""}
    return kept | {"line": frame["line"], "text": lines[frame["line"] - 1].strip()[:LINE_LIMIT]}


def event_of(frame: Any) -> str:
    if frame is None:
        raise EndedEarly("Nothing more came, and the conversation was not over.")
    require(isinstance(frame, dict) and is_name(frame.get("event")))
    return frame["event"]


def require(condition: bool) -> None:
    if not condition:
        raise WireError("A frame that is malformed, repeated or out of turn.")


def is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= NAME_LIMIT


def is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 31


def is_place(value: object) -> bool:
    """[cell, line, column] where a statement begins, or [cell, 0, 0] for a cell that is not Python."""
    if not (isinstance(value, list) and len(value) == 3 and all(map(is_number, value))):
        return False
    return value[1] > 0 or value[2] == 0


def is_list(value: object, of: Callable[[object], bool]) -> bool:
    return isinstance(value, list) and len(value) <= PLACES_LIMIT and all(map(of, value))
