"""Ask a submission all questions of its assignment, each group in a fork of its own."""

import ast
import functools
import hashlib
from pathlib import Path

import numpy as np

from autograder import syntax
from autograder.judge import Answer

JAILED = Path(__file__).resolve().parent / "jailed"
# What Google Colab has and courses use; importing it once, before the forks, saves time.
PRELOADABLE = {"tensorflow_probability", "scipy", "pandas", "matplotlib", "tqdm", "sklearn"}
SURVEY_ATTEMPTS = 6


def seed_words(*parts):
    """A seed for NumPy from any words; the course secret makes it unpredictable."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)]


def questions_of(assignment, secret):
    """{task id: {name: Question}}, the same for every submission of a course."""
    return _questions(assignment.id, assignment.tasks, secret)


@functools.lru_cache(maxsize=8)
def _questions(assignment, tasks, secret):
    return {
        task.id: task.questions(np.random.default_rng(seed_words(secret, assignment, task.id)))
        for task in tasks
    }


def modules_to_preload(submission):
    """Modules that the submission's imports name and that may be imported before the forks."""
    names = set()
    for cell in submission.cells:
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


def interview(submission, assignment, secret, worker):
    """Run the submission in the worker's jail.

    Returns:
        (answers, problems, names, ask): {task id: {question name: Answer}}, {cell id: Answer} for cells
        that raised, hung or crashed, the set of the tasks' functions that exist, and
        `Conversations.once`, for questions that come after.
    """
    talk = Conversations(submission, assignment, worker)
    talk.survey()
    answers, stuck, questions = {}, set(), questions_of(assignment, secret)
    for task in assignment.tasks:
        asked = questions[task.id]
        if task.name not in talk.names:
            answers[task.id] = {}
            continue
        seed = seed_words(secret, assignment.id, task.id)[0]
        first = {name: question for name, question in asked.items() if not question.fallback}
        seconds = task.patience * worker.limits.task_seconds
        answers[task.id] = talk.ask(first, seed, seconds)
        if any(answer.kind == "timeout" for answer in answers[task.id].values()):
            stuck.add(task.name)
        needs = {name for question in asked.values() for name in question.stand_ins}
        if needs & stuck:
            continue  # end to end, this task would only wait for the others again
        if len(first) < len(asked) and not _earns_all(task, asked, answers[task.id]):
            rest = {name: question for name, question in asked.items() if question.fallback}
            answers[task.id].update(talk.ask(rest, seed, seconds))
    return answers, talk.problems, talk.names, talk.once


def _earns_all(task, asked, answers):
    try:
        return task.judge(asked, answers).share == 1.0
    except Exception:  # noqa: BLE001 - the same failure comes up again when the task is judged
        return False


class Conversations:
    """The forks of one submission, and what was learned about its cells on the way."""

    def __init__(self, submission, assignment, worker):
        self.assignment, self.worker = assignment, worker
        self.left = worker.limits.submission_seconds
        self.cells = [{"id": cell.id, "source": cell.source} for cell in submission.cells]
        self.probes = (JAILED / f"{assignment.module}_probes.py").read_text()
        self.stand_ins = (JAILED / f"{assignment.module}_stand_ins.py").read_text()
        self.hurry, self.skip, self.problems, self.names, self.setup = False, [], {}, set(), 0.0
        self.preset = assignment.preset()

    def hold(self, questions, stand_ins, seconds):
        request = {
            "cells": self.cells,
            "preset": self.preset,
            "skip": self.skip,
            "hurry": self.hurry,
            "names": [task.name for task in self.assignment.tasks],
            "stand_ins": stand_ins,
            "probes": self.probes,
            "questions": questions,
        }
        transcript = self.worker.ask(request, min(seconds, max(self.left, 0.1)))
        self.left -= transcript.seconds
        return transcript

    def survey(self):
        """Run the cells; statements that hang or end the process are left out from then on."""
        for _ in range(SURVEY_ATTEMPTS):
            transcript = self.hold([], "", self.worker.limits.task_seconds)
            self.setup = transcript.seconds
            last = None
            for frame in _events(transcript):
                if frame["event"] == "started":
                    last = frame
                elif frame["event"] == "raised":
                    self.problems.setdefault(str(frame.get("in")), Answer("error", frame))
                elif frame["event"] == "ready":
                    known = {task.name for task in self.assignment.tasks}
                    self.names = known & set(_strings(frame.get("names")))
                    self.skip += _places(frame.get("needless"))
                    return
            if last is None and transcript.ended == "crashed":
                raise RuntimeError("the worker ended before the first cell ran")
            if last is None or self.left <= 0:
                return
            kind = "timeout" if transcript.ended == "timeout" else "crashed"
            self.problems[str(last.get("in"))] = Answer(kind, {})
            # Where one loop takes too long, the others that nothing needs are not waited for.
            self.hurry = self.hurry or kind == "timeout"
            self.skip += _places([last.get("at")])

    def ask(self, asked, seed, seconds):
        """Answers to questions of one task, which have so many seconds together."""
        answers, groups = {}, {}
        for name, question in asked.items():
            groups.setdefault((question.stand_ins, question.group), []).append(name)
        spent = 0.0
        for (stand_ins, _), names in groups.items():
            source = pick(self.stand_ins, stand_ins)
            while names:
                left = seconds - spent
                if left <= 0 or self.left <= 0:
                    answers.update(dict.fromkeys(names, Answer("timeout", {})))
                    break
                questions = frames({name: asked[name] for name in names}, seed)
                transcript = self.hold(questions, source, self.setup + left)
                spent += max(0.0, transcript.seconds - self.setup)
                names = self.collect(transcript, names, answers)
        return answers

    def once(self, asked, seed, seconds):
        """Answers to questions with the same stand-ins, in one fork; what did not come is left out.

        Returns:
            {name: Answer}, and the seconds that the questions took.
        """
        answers = {}
        if self.left <= 0:
            return answers, seconds
        source = pick(self.stand_ins, next(iter(asked.values())).stand_ins)
        transcript = self.hold(frames(asked, seed), source, self.setup + seconds)
        self.collect(transcript, list(asked), answers)
        return answers, max(0.0, transcript.seconds - self.setup)

    @staticmethod
    def collect(transcript, names, answers):
        """Add this fork's answers -> the names that still have to be asked."""
        current = None
        for frame in _events(transcript):
            name = frame.get("question")
            if name not in names or name in answers:
                continue
            if frame["event"] == "asked":
                current = name
            elif frame["event"] == "answer" and isinstance(frame.get("answer"), dict):
                answers[name] = Answer("answer", frame["answer"])
            elif frame["event"] == "error":
                answers[name] = Answer("error", frame)
        missing = [name for name in names if name not in answers]
        if transcript.ended == "timeout" or current is None:
            kind = "timeout" if transcript.ended == "timeout" else "crashed"
            answers.update(dict.fromkeys(missing, Answer(kind, {})))
            return []
        if missing:
            # The fork ended in the middle of `current`; the others get another.
            answers.setdefault(current if current in missing else missing[0], Answer("crashed", {}))
        return [name for name in missing if name not in answers]


def frames(asked, seed):
    """Questions as the worker reads them."""
    return [
        {
            "name": name,
            "probe": question.probe,
            "arguments": question.arguments,
            "freedom": question.freedom,
            "seed": (seed + place) % (1 << 31),
        }
        for place, (name, question) in enumerate(asked.items())
    ]


def pick(source, names):
    """The definitions of these names from a source text."""
    wanted = [node for node in syntax.statements(source) if getattr(node, "name", None) in names]
    return "\n\n".join(ast.unparse(node) for node in wanted)


def _events(transcript):
    """Frames that have the form of an event; the others are dropped."""
    return [f for f in transcript.frames if isinstance(f, dict) and isinstance(f.get("event"), str)]


def _strings(value):
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _places(value):
    """[cell, statement] pairs."""
    return [
        item
        for item in (value if isinstance(value, list) else [])
        if isinstance(item, list) and len(item) == 2 and all(type(part) is int for part in item)
    ]
