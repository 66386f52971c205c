"""Ask a submission all questions of its assignment.

A right submission answers all of them in one fork. Tasks whose mistakes are known share another, with the
student's own functions in place of the right ones as well; where that changes nothing, they are settled.
Any other task that does not earn full marks is asked again with forks of its own, where nothing that other
tasks left behind can affect it. No fork shows the right function of a task that is still open, unless
tasks call each other in a circle (see `Agenda.next_alone`).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograder.engine import outline, plan, syntax
from autograder.engine.judge import (
    ENDED,
    UNEXPLAINED,
    Answer,
    Answers,
    BadReply,
    Came,
    Finding,
    Outcome,
    Verdict,
    Verdicts,
    no_answer,
    packed,
    without_words,
)
from autograder.engine.outline import Place
from autograder.engine.plan import Chapter, chapters_of, seed_words
from autograder.engine.scale import Kind
from autograder.engine.words import printable
from autograder.jail import End, Transcript

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.engine.answers import Recorded
    from autograder.engine.assignment import Assignment, Questions, Task
    from autograder.engine.submission import Cell, Submission
    from autograder.jail import Worker

Then = Callable[[Answers], Sequence[Chapter]]  # the answers so far -> the chapters that follow
# What Google Colab has and courses use; importing it once, before the forks, saves time.
PRELOADABLE = {"tensorflow_probability", "scipy", "pandas", "matplotlib", "seaborn", "tqdm", "sklearn"}
SURVEY_ATTEMPTS = 6
# A known mistake of one of these kinds accounts for what is wrong.
TELLING = {Kind.TAILS, Kind.TERM, Kind.STRUCTURE}
SLOW_SECONDS = 0.5  # what a statement may take without being left out for tasks that do not need it
# Used instead of a course's secret for public questions: those of a student's own check.
PUBLIC = "check"


def nothing_more(answers: Answers) -> list[Chapter]:
    return []


def questions_of(assignment: Assignment, secret: str) -> dict[str, Questions]:
    """{task id: {name: Question}}, the same for every submission of a course."""
    return {task.id: _questions(assignment.id, task, secret) for task in assignment.tasks}


@functools.lru_cache(maxsize=128)
def _questions(assignment, task, secret):
    return task.questions(np.random.default_rng(seed_words(secret, assignment, task.id)))


def modules_to_preload(cells: Iterable[Cell | NotebookNode]) -> list[str]:
    """Modules that the imports of a notebook name and that may be imported before the forks."""
    names = set()
    for cell in cells:
        for line in cell.source.splitlines():
            words = line.replace(",", " ").split()
            if words[:1] in (["import"], ["from"]):
                names |= {word.split(".")[0] for word in words}
    found = sorted(names & PRELOADABLE)
    if "scipy" in found:
        found += ["scipy.stats", "scipy.special"]
    if "matplotlib" in found:
        found += ["matplotlib.pyplot"]
    return found


class Statement(NamedTuple):
    """A statement of the notebook that was run."""

    cell: str  # its id
    line: int
    text: str
    source: str  # of the cell
    binds: frozenset[str]  # names that it sets; "*" among them where its text does not show which


class Failure(NamedTuple):
    """A statement that raised, did not end in time, or ended the process; see `Statement`."""

    cell: str
    line: int
    text: str
    source: str
    binds: frozenset[str]
    answer: Answer  # how it failed


class Interview(NamedTuple):
    """What a submission said."""

    answers: dict[str, Answers]  # by task id
    verdicts: Verdicts  # of the tasks that were asked
    failures: tuple[Failure, ...]  # in the order of the notebook
    statements: tuple[Statement, ...]  # likewise
    ask: Callable[..., Any]  # `Conversations.once`, for questions that come after


def interview(
    submission: Submission,
    assignment: Assignment,
    secret: str,
    worker: Worker | Recorded,
    wanted: Collection[str],
) -> Interview:
    """Run the submission in the worker's jail -> Interview.

    Args:
        wanted: ids of the tasks to ask about.
    """
    talk = Conversations(submission, assignment, worker)
    told = Told(questions_of(assignment, secret))
    seeds = {task.id: seed_words(secret, assignment.id, task.id)[0] for task in assignment.tasks}
    agenda = Agenda([task for task in assignment.tasks if task.id in wanted], told, seeds)
    # The first fork says how the cells run, even where nothing is to be asked.
    agenda.share(talk, agenda.shareable(), aside=talk.outline.trials(talk.tasks))
    agenda.ask_all(talk)
    return Interview(told.answers, told.verdicts, talk.failed(), talk.ran(), talk.once)


class Told:
    """What a submission said of each task so far, and the verdict on it.

    Args:
        questions: {task id: {name: Question}}.
    """

    def __init__(self, questions: dict[str, Questions]) -> None:
        self.questions = questions
        self.verdicts: Verdicts = {}
        self.answers: dict[str, Answers] = {task: {} for task in questions}
        self.first, self.fallback = (
            {
                task: {name: question for name, question in asked.items() if question.fallback == last}
                for task, asked in questions.items()
            }
            for last in (False, True)
        )

    def earns(self, task: Task, answers: Answers) -> bool:
        """Judge a task by new answers -> whether it has full marks.

        They replace the earlier answers, unless their fork timed out or crashed and they earn less.
        """
        before = self.verdicts.get(task.id)
        if before is None or not same(self.answers[task.id], answers):
            verdict = judged(task, self.questions[task.id], answers)
            cut_short = any(answer.kind in ENDED for answer in answers.values())
            if before is None or not cut_short or verdict.share >= before.share:
                self.verdicts[task.id], self.answers[task.id] = verdict, answers
        return self.verdicts[task.id].share == 1.0


class Stage(Enum):
    """How a task is to be asked next."""

    FIRST = "first"  # in a fork that others share
    AGAIN = "again"  # likewise, since it made known mistakes
    ALONE = "alone"  # in forks of its own


class Agenda:
    """What is still to be asked.

    A right function is shown only when its task is final, because a submission may find ways to keep what it
    has seen, even for its later forks. Only tasks that call each other in a circle are an exception.

    Args:
        tasks: those to ask about.
        seeds: {task id: seed}.
    """

    def __init__(self, tasks: Sequence[Task], told: Told, seeds: Mapping[str, int]) -> None:
        self.tasks, self.told, self.seeds = tasks, told, seeds
        self.stages = dict.fromkeys((task.id for task in tasks), Stage.FIRST)  # without final ones
        self.stuck: set[str] = set()  # functions that timed out

    def open(self) -> set[str]:
        """Names of the functions that are still to be asked about."""
        return {task.name for task in self.tasks if task.id in self.stages}

    def asked(self, task: Task) -> Questions:
        """The questions of a task in a fork that others share."""
        again = self.stages[task.id] == Stage.AGAIN and not self.told.verdicts[task.id].final
        return (self.told.questions if again else self.told.first)[task.id]

    def shareable(self) -> list[Task]:
        """Tasks for one fork, each after those whose right functions it shows.

        Those are left out that show functions of tasks which have to be asked alone.
        """
        left = [task for task in self.tasks if self.stages.get(task.id) in (Stage.FIRST, Stage.AGAIN)]
        still_open, order = self.open(), []
        while ready := [task for task in left if not plan.shown_by(self.asked(task)) & still_open]:
            order += ready
            still_open -= {task.name for task in ready}
            left = [task for task in left if task not in ready]
        return order

    def next_alone(self) -> Task:
        """The open task that needs the fewest right functions of open tasks, directly or through others.

        It needs none, unless tasks call each other in a circle.
        """
        left = [task for task in self.tasks if task.id in self.stages]
        shown: dict[str, set[str]] = {task.name: set() for task in left}
        for task in left:
            shown[task.name] |= plan.shown_by(self.told.questions[task.id]) & (self.open() - {task.name})
        for _ in left:
            shown = {name: names.union(*(shown[n] for n in names)) for name, names in shown.items()}
        return min(left, key=lambda task: (len(shown[task.name]), self.stages[task.id] != Stage.ALONE))

    def ask_all(self, talk: Conversations) -> None:
        """Ask until every task is final."""
        while self.stages:
            if tasks := self.shareable():
                self.share(talk, tasks)
            else:
                self.ask_alone(talk, self.next_alone())

    def share(self, talk: Conversations, tasks: Sequence[Task], aside: Collection[Place] = ()) -> None:
        """Ask tasks in one fork; each becomes final, or is to be asked again or alone."""
        fork = SharedFork(self, tasks)
        transcript = talk.all_at_once(fork.following({}), fork.following, aside)
        fork.settle(dict(answers_in(transcript.frames)) if transcript else {})
        waiting = {chapter.task for chapter in fork.waiting}
        for task in fork.left:
            if task.name not in waiting:
                self.stages[task.id] = Stage.ALONE

    def ask_alone(self, talk: Conversations, task: Task) -> None:
        """Ask a task in forks of its own; then, short of full marks, with the student's own functions."""
        del self.stages[task.id]
        told = self.told
        if task.name not in talk.names and (talk.apart or not talk.ran_all):
            talk.survey(wanted={task.name})
        if task.name not in talk.names:
            told.verdicts.pop(task.id, None)
            return
        seconds = task.patience * talk.worker.limits.task_seconds
        alone = talk.ask(task.name, told.first[task.id], self.seeds[task.id], seconds)
        if told.earns(task, alone):
            return
        if any(answer.kind == Came.TIMEOUT for answer in alone.values()):
            self.stuck.add(task.name)
        needs = {name for question in told.first[task.id].values() for name in question.stand_ins}
        if told.verdicts[task.id].final:
            return
        if told.fallback[task.id] and not needs & self.stuck:  # else it would only wait for the others again
            own = talk.ask(task.name, told.fallback[task.id], self.seeds[task.id], seconds)
            told.earns(task, alone | own)


class SharedFork:
    """Tasks that are asked in one fork, in parts: a right function follows when its task became final."""

    def __init__(self, agenda: Agenda, tasks: Sequence[Task]) -> None:
        self.agenda, self.left = agenda, list(tasks)
        self.asked = {task.id: agenda.asked(task) for task in tasks}
        self.before = dict(agenda.told.verdicts)
        chapters = chapters_in(tasks, self.asked, agenda.seeds)
        # Without right functions first: a traced `tf.function` goes on calling what it called when traced.
        self.waiting = sorted(chapters, key=lambda chapter: bool(chapter.shows))

    def following(self, answers: Answers) -> list[Chapter]:
        """The chapters that may follow these {name: Answer}."""
        self.settle(answers)
        still_open = self.agenda.open()
        ready = [not chapter.shows & still_open for chapter in self.waiting]
        following = list(itertools.compress(self.waiting, ready))
        self.waiting = [chapter for chapter, now in zip(self.waiting, ready, strict=True) if not now]
        return following

    def settle(self, answers: Answers) -> None:
        """Judge the tasks whose questions were all answered."""
        told, stages = self.agenda.told, self.agenda.stages
        for id, came in complete(answers, self.left, self.asked).items():
            task = next(task for task in self.left if task.id == id)
            self.left.remove(task)
            again, full = stages.pop(id) == Stage.AGAIN, told.earns(task, came)
            if full or again and alike(told.verdicts[id], self.before[id]):
                continue
            known = not again and is_explained(told.verdicts[id], told.answers[id])
            stages[id] = Stage.AGAIN if known else Stage.ALONE


def is_explained(verdict: Verdict, answers: Answers) -> bool:
    """Whether known mistakes account for all that is wrong, and not only for failures of some forms."""
    arrived = all(answer.arrived for answer in answers.values())
    return all(
        finding.id not in UNEXPLAINED
        and (finding.kind in TELLING if finding.kind.is_about_numbers else arrived)
        for finding in verdict.findings
    )


def alike(first: Verdict, second: Verdict) -> bool:
    """Whether verdicts name the same mistakes and give the same points."""
    ids = [[finding.id for finding in verdict.findings] for verdict in (first, second)]
    return ids[0] == ids[1] and first.share == second.share


def same(first: Answers, second: Answers) -> bool:
    """Whether answers are equal, to the last bit of their numbers."""
    one = packed(first)
    return one is not None and one == packed(second)


def judged(task: Task, asked: Questions, answers: Answers) -> Verdict:
    """The Verdict on these answers, whatever they are; it repeats no words of an exception."""
    try:
        return task.judge(asked, {name: without_words(answer) for name, answer in answers.items()})
    except BadReply as error:
        return no_answer(Answer(Came.ERROR, {"type": "BadReply", "message": str(error)}))
    except Exception as error:  # noqa: BLE001 - a fault of the grader goes to a person, never to 0
        failure = printable(f"{type(error).__name__}: {error}", 200)
        note = f"The grader failed on this task ({failure}). A person will look at it."
        return Verdict(Outcome.UNGRADED, 0.0, (Finding("grader-failed", note, kind=Kind.NOTHING),))


class Conversations:
    """The forks of one submission, and what was learned about its cells on the way.

    Args:
        seconds: for all conversations together; by default the worker's limit for a submission.
    """

    def __init__(
        self,
        submission: Submission,
        assignment: Assignment,
        worker: Worker | Recorded,
        seconds: float | None = None,
    ) -> None:
        self.assignment, self.worker = assignment, worker
        self.left = worker.limits.submission_seconds if seconds is None else seconds
        self.cells: list[dict[str, Any]] = [
            {"id": c.id, "source": c.source, "gives": gives(c) if c.id in submission.given else []}
            for c in submission.cells
        ]  # as the worker reads them
        self.lines = [[line.strip() for line in syntax.lines_of(c.source)] for c in submission.cells]
        self.outline = outline.outline_of(tuple(cell.source for cell in submission.cells))
        self.skip, self.setup = self.outline.own_checks(), 0.0
        self.names: set[str] = set()
        self.failures: dict[Place, Failure] = {}
        self.statements: dict[Place, Statement] = {}
        self.slow: set[Place] = set()
        self.apart = False  # whether all slow statements together take too long for one fork
        self.needs: dict[str, set[str]] = {}  # {task: names that its questions have to do with}
        self.loops: Collection[Place] = frozenset()  # that nothing needs, once a cell took too long
        self.ran_all = False  # whether a survey left nothing out to save time
        self.preset, self.tasks = assignment.preset(), [task.name for task in assignment.tasks]

    def hold(
        self,
        chapters: Sequence[Chapter],
        seconds: float,
        aside: Collection[Place] | None = None,
        wanted: Collection[str] | None = None,
        then: Then = nothing_more,
    ) -> Transcript:
        """One conversation, in which the answers may take `seconds` after the cells ran.

        Whatever is asked of a submission is asked here, so that it ends when its time is over.

        Args:
            aside: places of statements to leave out to save time.
            wanted: the functions for which slow statements run; by default all, where there is time for it.
            then: the chapters that follow, made from {name: Answer} once all others were answered.
        """
        if self.left <= 0:
            return Transcript([], End.TIMEOUT, 0.0)
        plan.check_invariant(chapters)
        slow = self.slow if self.apart or wanted else ()
        request = {
            "cells": self.cells,
            "preset": self.preset,
            "skip": sorted(
                self.skip.union(aside or self.loops) | self.outline.not_wanted(slow, wanted or ())
            ),
            "names": self.tasks,
            "probes": self.assignment.probes,
            "chapters": self.with_sources(chapters),
        }

        asked = list(chapters)

        def more(frames):
            asked.extend(following := then(dict(answers_in(frames))))
            plan.check_invariant(asked)
            return self.with_sources(following)

        seconds = min(seconds, self.left / 2)
        transcript = self.worker.ask(request, seconds, self.cells_seconds(self.left - seconds), more)
        self.left -= transcript.seconds
        return transcript

    def with_sources(self, chapters: Iterable[Chapter]) -> list[dict[str, Any]]:
        """Chapters as the worker reads them, with the sources of their stand-ins."""
        return [
            {**chapter._asdict(), "stand_ins": self.assignment.stand_ins(chapter.stand_ins)}
            for chapter in chapters
        ]

    def cells_seconds(self, left: float) -> float:
        """Time for the cells of one fork: when one hangs, enough is left to run the others and to ask."""
        return min(self.worker.limits.cells_seconds, max(left / 3, 2 * self.setup), left)

    def survey(
        self,
        chapters: Sequence[Chapter] = (),
        aside: Collection[Place] | None = None,
        seconds: float | None = None,
        wanted: Collection[str] | None = None,
        then: Then = nothing_more,
    ) -> Transcript | None:
        """Run the cells; statements that hang or end the process are left out from then on.

        Where they run at once, the questions follow in the same fork.

        Returns:
            The Transcript of the conversation in which the questions followed, or in which the statements
            that `wanted` needs took too long; None if there is none.
        """
        self.ran_all = not set(aside or ()) - self.skip
        for _ in range(SURVEY_ATTEMPTS):
            budget = self.cells_seconds(max(self.left, 0.1))
            transcript = self.hold(chapters, seconds or self.worker.limits.task_seconds, aside, wanted, then)
            last, took = self.note(transcript)
            if ready := ready_in(transcript):
                self.setup, self.ran_all = ready["seconds"], not set(aside or ()) - self.skip
                self.names = set(self.tasks) & set(_strings(ready.get("names")))
                self.skip |= self.outline.needless(self.slow, self.preset)
                return transcript if chapters else None
            if last is None and transcript.ended in (End.CRASHED, End.MALFORMED):
                raise RuntimeError("the worker ended before the first cell ran")
            if last is None or self.left <= 0:
                return None
            kind = how_it_stopped(transcript)
            if kind == Came.TIMEOUT:
                # Where one loop takes too long, the others that nothing needs are not waited for.
                self.loops = self.outline.loops()
            if kind == Came.TIMEOUT and took < budget / 2:
                # No statement hangs, but all together take too long: each runs for those who need it.
                if self.apart and wanted:
                    return transcript
                self.apart = True
                continue
            chapters, then = [], nothing_more
            self.failures[tuple(last["at"])] = self.failure(last, Answer(kind, {}))
            self.skip.add(tuple(last["at"]))
        return None

    def note(self, transcript: Transcript) -> tuple[dict[str, Any] | None, float]:
        """Remember which statements failed and which took long.

        Returns:
            The frame of the last that started, and how long it took; None and 0 if none did.
        """
        frames = [f for f in _events(transcript.frames) if f["event"] in ("started", "raised", "ready")]
        times = [frame["seconds"] for frame in frames] + [transcript.seconds]
        last, took = None, 0.0
        for frame, end in zip(frames, times[1:], strict=True):
            place = tuple(frame.get("at", ()))
            if frame["event"] == "started" and self.has(place):
                last, took = frame, end - frame["seconds"]
                self.statements[place] = self.statement(place, max(1, place[1]))
                if took > SLOW_SECONDS:
                    self.slow.add(place)
                if place in self.failures and self.failures[place].answer.kind == Came.ERROR:
                    del self.failures[place]
            elif frame["event"] == "raised" and last is not None and frame["at"] == last["at"]:
                self.failures[place] = self.failure(last, Answer(Came.ERROR, frame))
        return last, took

    def has(self, place: Place) -> bool:
        """Whether the notebook has such a line; of magics and shell lines, the outline knows no places."""
        return place[1] <= len(self.lines[place[0]])

    def failure(self, started: dict[str, Any], answer: Answer) -> Failure:
        """The Failure of the statement that a `started` frame is about."""
        no_statement_began = answer.data.get("type") == "SyntaxError"
        place = tuple(started["at"])
        line = answer.data["line"] if no_statement_began else max(1, place[1])
        return Failure(*self.statement(place, line), answer)

    def statement(self, place: Place, line: int) -> Statement:
        """The Statement at a place, with the text of a line."""
        cell, lines = self.cells[place[0]], self.lines[place[0]]
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        return Statement(cell["id"], line, text, cell["source"], self.outline.sets(place, cell["source"]))

    def failed(self) -> tuple[Failure, ...]:
        return tuple(self.failures[place] for place in sorted(self.failures))

    def ran(self) -> tuple[Statement, ...]:
        return tuple(self.statements[place] for place in sorted(self.statements))

    def all_at_once(
        self,
        chapters: Sequence[Chapter],
        then: Then = nothing_more,
        aside: Collection[Place] = (),
        seconds: float | None = None,
        wanted: Collection[str] | None = None,
    ) -> Transcript | None:
        """A Transcript of these questions in one fork; None where the cells took its time."""
        if self.ran_all:
            return self.hold(chapters, seconds or self.worker.limits.task_seconds, wanted=wanted, then=then)
        return self.survey(chapters, aside, seconds, wanted, then)

    def ask(self, task: str, asked: Questions, seed: int, seconds: float) -> Answers:
        """Answers to questions about one function, within `seconds` in all."""
        answers: Answers = {}
        spent = 0.0
        wanted = self.needs.setdefault(task, {task})
        wanted.update(name for question in asked.values() for name in question.stand_ins)
        for chapter in chapters_of(task, asked, seed):
            names = [question["name"] for question in chapter.questions]
            while names:
                left = seconds - spent
                if left <= 0 or self.left <= 0:
                    answers.update(dict.fromkeys(names, Answer(Came.TIMEOUT, {})))
                    break
                transcript = self.all_at_once([chapter.only(names)], seconds=left, wanted=wanted)
                if transcript is None:
                    continue
                last, _ = self.note(transcript)
                if transcript.ended == End.TIMEOUT and not ready_in(transcript) and last:
                    late = self.failure(last, Answer(Came.TIMEOUT, {}))
                    about = {"cell": late.cell, "line": late.line, "text": late.text}
                    answers.update(dict.fromkeys(names, Answer(Came.TIMEOUT, about)))
                    break
                spent += after_cells(transcript)
                names = self.collect(transcript, names, answers)
        return answers

    def once(
        self, chapters: Sequence[Chapter], seconds: float, then: Then = nothing_more
    ) -> tuple[Answers, str | None, float]:
        """Ask in one fork -> ({name: Answer} of those that came, the question that ended it, seconds).

        Args:
            chapters: [Chapter].
            then: as for `hold`.
        """
        if self.left <= 0:
            return {}, None, seconds
        wanted = {name for chapter in chapters for name in (chapter.task, *chapter.stand_ins)}
        transcript = self.hold(chapters, seconds, wanted=wanted, then=then)
        answers = dict(answers_in(transcript.frames))
        asked = _asked(transcript)
        last = asked[-1]["question"] if asked and asked[-1]["question"] not in answers else None
        return answers, last, after_cells(transcript)

    @staticmethod
    def collect(transcript: Transcript, names: Iterable[str], answers: Answers) -> list[str]:
        """Add this fork's answers -> the names that still have to be asked."""
        answers.update(answers_in(transcript.frames))
        asked, kind = _asked(transcript), how_it_stopped(transcript)
        missing = [name for name in names if name not in answers]
        if kind == Came.TIMEOUT or not asked:
            answers.update(dict.fromkeys(missing, Answer(kind, {})))
            return []
        if missing:
            # The fork ended in the middle of `current`; the others get another.
            current = asked[-1]["question"]
            answers.setdefault(current if current in missing else missing[0], Answer(kind, {}))
        return [name for name in missing if name not in answers]


def gives(cell: Cell) -> list[str]:
    """Names that the statements of one of the release's own cells set."""
    return sorted(outline.names_released((cell.source,)) - {outline.ANYTHING})


def ready_in(transcript: Transcript) -> dict[str, Any] | None:
    """The frame that says how the cells ran; None if they did not get to their end."""
    return next((frame for frame in _events(transcript.frames) if frame["event"] == "ready"), None)


def after_cells(transcript: Transcript) -> float:
    """The seconds of a conversation after the cells ran."""
    ready = ready_in(transcript)
    return max(0.0, transcript.seconds - (ready["seconds"] if ready else 0.0))


def seconds_of(tasks: Iterable[Task], transcripts: Iterable[Transcript]) -> dict[str, float]:
    """{task id: seconds that its questions took where all tasks were asked in one fork}.

    The question in which a fork ended has what was left of the time.
    """
    found: dict[str, float] = {}
    ids = {task.id for task in tasks}
    for transcript in transcripts:
        asked = _asked(transcript)
        rest = after_cells(transcript) - sum(frame.get("seconds", 0.0) for frame in asked)
        for frame in asked:
            id = frame["question"].partition(" ")[0]
            if id in ids:
                found[id] = found.get(id, 0.0) + frame.get("seconds", rest)
    return found


def how_it_stopped(transcript: Transcript) -> Came:
    """The kind of an answer that did not come in this conversation."""
    return Came.CRASHED if transcript.ended == End.FINISHED else Came(transcript.ended)


def chapters_in(
    tasks: Iterable[Task], asked: Mapping[str, Questions], seeds: Mapping[str, int]
) -> list[Chapter]:
    """[Chapter] of the questions of several tasks, whose names begin with the task's id."""
    return [
        chapter
        for task in tasks
        for chapter in chapters_of(task.name, asked[task.id], seeds[task.id], f"{task.id} {{}}")
    ]


def complete(answers: Answers, tasks: Iterable[Task], asked: Mapping[str, Questions]) -> dict[str, Answers]:
    """{task id: {question name: Answer}} of the tasks whose questions were all answered in one fork."""
    found = {}
    for task in tasks:
        names = {f"{task.id} {name}": name for name in asked[task.id]}
        told = {names[name]: answer for name, answer in answers.items() if name in names}
        if len(told) == len(names):
            found[task.id] = told
    return found


def answers_in(frames: Iterable[object]) -> Iterator[tuple[str, Answer]]:
    """(question name, Answer) of the questions that were answered."""
    for frame in _events(frames):
        if frame["event"] == "answer":
            yield frame["question"], Answer(Came.ANSWER, frame["answer"])
        elif frame["event"] == "error":
            yield frame["question"], Answer(Came.ERROR, frame)


def _asked(transcript):
    """The frames of the questions that were asked, in order."""
    return [frame for frame in _events(transcript.frames) if frame["event"] == "asked"]


def _events(frames):
    """Frames that have the form of an event; the others are dropped."""
    return [f for f in frames if isinstance(f, dict) and isinstance(f.get("event"), str)]


def _strings(value):
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
