"""All questions in one fork, where that is fair: who is asked what, in which order, and when again."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import solved
from hypothesis import given
from hypothesis import strategies as st

from autograder import tasks
from autograder.engine import interview, plan
from autograder.engine.assignment import Question, Task
from autograder.engine.judge import Answer, Finding, Verdict, no_answer, unknown, verdict
from autograder.engine.scale import Kind
from autograder.engine.submission import Cell
from autograder.jail import Limits, Transcript


def bare(name):
    """A task of which only the name counts."""
    return Task(name, 1, name, None, None, "")


def planned(assignment_tasks, questions):
    seeds = {task.id: 1 for task in assignment_tasks}
    return plan.shared_fork(interview.chapters_in(assignment_tasks, questions, seeds))


def first_questions(rules):
    questions = interview.questions_of(rules, "order")
    return {
        task.id: {name: q for name, q in questions[task.id].items() if not q.fallback} for task in rules.tasks
    }


@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_all_tasks_share_a_fork_and_none_comes_after_its_right_function(assignment):
    rules = tasks.load(assignment)
    names, first = {task.id: task.name for task in rules.tasks}, first_questions(rules)
    asked, shown = set(), set()
    for chapter in planned(rules.tasks, first):
        shown.update(chapter.stand_ins)
        for question in chapter.questions:
            asked.add(question["name"])
            assert names[question["name"].split()[0]] not in shown
    assert asked == {f"{task} {name}" for task in first for name in first[task]}


class Forks:
    """Stands in for `Conversations`: records what each fork is asked, and answers at random.

    An answer earns full marks, makes a known mistake, or is wrong in an unknown way; or the fork ends.
    """

    def __init__(self, tasks, random):
        self.names, self.apart, self.ran_all = {task.name for task in tasks}, False, True
        self.worker, self.random = SimpleNamespace(limits=Limits()), random
        self.history = []  # [chapter], over all forks

    def answered(self, chapters):
        frames = []
        for chapter in chapters:
            self.history.append(chapter)
            for question in chapter.questions:
                share = self.random.choice([1.0, 1.0, 0.5, 0.0, None])
                if share is None:
                    return frames, False
                frames.append({"event": "answer", "question": question["name"], "answer": {"share": share}})
        return frames, True

    def all_at_once(self, chapters, then, aside=()):
        frames = []
        while chapters:
            came, alive = self.answered(chapters)
            frames += came
            if not alive:
                return Transcript(frames, "crashed", 1.0)
            chapters = then(dict(interview.answers_in(frames)))
        return Transcript(frames, "finished", 1.0)

    def ask(self, task, asked, seed, seconds):
        chapters = plan.chapters_of(task, asked, seed)
        came = dict(interview.answers_in(self.answered(chapters)[0]))
        return {name: came.get(name, Answer("crashed", {})) for name in asked}


def judge_by_share(asked, answers):
    """The worst answer counts: full marks, a known mistake, or nothing."""
    worst = min(answer.data.get("share", 0.0) for answer in answers.values())
    if worst == 1.0:
        return verdict([])
    return verdict([Finding("known", "", kind=Kind.TERM)]) if worst else verdict([unknown("")])


def assignment_of(shown):
    """Tasks and their questions: without stand-ins, with those it shows, and once again as a fallback.

    Args:
        shown: {task: functions that its questions show}.
    """
    tasks = [Task(name, 1, name, None, judge_by_share, "") for name in shown]
    questions = {
        name: {"right": Question("p", (), names), "own": Question("p", (), fallback=bool(names))}
        for name, names in shown.items()
    }
    return tasks, questions


def asked_after_shown(history):
    """Tasks that are asked about after, or with, their right function, in whatever fork."""
    shown, late = set(), []
    for chapter in history:
        shown |= chapter.shows
        late += [chapter.task] * (chapter.task in shown)
    return late


@given(st.randoms(use_true_random=False), st.integers(1, 7), st.booleans())
def test_no_task_is_asked_in_any_fork_after_its_right_function_was_shown(random, count, in_order):
    """In whatever order the assignment has its tasks, and whatever they answer, unless they go in circles."""
    names = "abcdefg"[:count]
    shown = {n: tuple(m for m in names[:i] if random.random() < 0.5) for i, n in enumerate(names)}
    order = names if in_order else random.sample(names, count)
    tasks, questions = assignment_of({name: shown[name] for name in order})
    talk, told = Forks(tasks, random), interview.Told(questions)
    interview.Agenda(tasks, told, dict.fromkeys(names, 1)).ask_all(talk)
    assert asked_after_shown(talk.history) == []
    assert {*told.verdicts} == {*names}


@given(st.randoms(use_true_random=False), st.integers(2, 6))
def test_tasks_that_need_each_other_are_all_asked(random, count):
    names = "abcdef"[:count]
    shown = {n: tuple(m for m in names if m != n and random.random() < 0.5) for n in names}
    tasks, questions = assignment_of(shown)
    talk, told = Forks(tasks, random), interview.Told(questions)
    interview.Agenda(tasks, told, dict.fromkeys(names, 1)).ask_all(talk)
    assert {*told.verdicts} == {*names}


def test_only_tasks_of_a_circle_are_asked_after_their_right_function_was_shown():
    tasks, questions = assignment_of({"d": ("x",), "x": ("a",), "a": ("b",), "b": ("a",)})
    talk, told = Forks(tasks, SimpleNamespace(choice=max_share)), interview.Told(questions)
    interview.Agenda(tasks, told, dict.fromkeys("dxab", 1)).ask_all(talk)
    assert {*asked_after_shown(talk.history)} <= {"a", "b"}
    assert {*told.verdicts} == {*"dxab"}


def test_a_right_submission_is_asked_everything_in_one_fork():
    tasks, questions = assignment_of({"a": (), "b": ("a",), "c": ("a", "b")})
    talk, told = Forks(tasks, SimpleNamespace(choice=max_share)), interview.Told(questions)
    agenda = interview.Agenda(tasks, told, dict.fromkeys("abc", 1))
    agenda.share(talk, agenda.shareable())
    assert not agenda.stages and [chapter.task for chapter in talk.history] == ["a", "b", "c"]


def max_share(shares):
    return max(share for share in shares if share is not None)


@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_no_two_chapters_of_an_assignment_have_the_same_seed(assignment):
    questions = interview.questions_of(tasks.load(assignment), "seeds")
    seeds = [c.seed for n, task in enumerate(questions) for c in plan.chapters_of(task, questions[task], n)]
    assert len(set(seeds)) == len(seeds)


def test_a_task_that_has_seen_its_right_function_is_left_for_a_fork_of_its_own():
    # Each needs the other's right function: whoever comes second has seen its own.
    first = {"f": {"a": Question("p", (), ("g",))}, "g": {"b": Question("p", (), ("f",))}}
    chapters = planned([bare("f"), bare("g")], first)
    assert [[question["name"] for question in chapter.questions] for chapter in chapters] == [["f a"]]


def test_a_task_counts_only_if_all_its_questions_were_answered():
    frames = [
        {"event": "asked", "question": "f a"},
        {"event": "answer", "question": "f a", "answer": {"value": 1}},
        {"event": "error", "question": "g b", "type": "ValueError"},
        {"event": "answer", "question": "g c", "answer": {}},
    ]
    first = {"f": dict.fromkeys("ab"), "g": dict.fromkeys("bc")}
    answers = dict(interview.answers_in(frames))
    told = interview.complete(answers, [bare("f"), bare("g")], first)
    assert told == {"g": {"b": Answer("error", frames[2]), "c": Answer("answer", {})}}


def test_each_task_has_the_time_of_its_own_questions():
    """Seconds that a fork's last question waited for an answer count for its task."""
    times = (("f a", 1.0), ("g", 9.0), ("g b", 2.0), ("f c", 0.5))
    frames = [{"event": "asked", "question": name, "seconds": seconds} for name, seconds in times]
    frames = [{"event": "ready", "names": [], "seconds": 3.0}, *frames, {"event": "asked", "question": "g d"}]
    held = [Transcript(frames, "timeout", 19.5), Transcript([], "finished", 1.0)]
    assert interview.seconds_of([bare("f"), bare("g")], held) == {"f": 1.5, "g": 9.0 + 2.0 + 4.0}


@pytest.mark.parametrize(
    "ended, words", [("crashed", "The Python process ended"), ("malformed", "What came back was not")]
)
def test_who_sends_what_is_no_answer_is_not_told_that_its_process_ended(ended, words):
    frames = [{"event": "asked", "question": "f a"}]
    answers = {}
    left = interview.Conversations.collect(Transcript(frames, ended, 1.0), ["f a", "f b"], answers)
    assert left == ["f b"] and answers == {"f a": Answer(ended, {})}
    judged = no_answer(answers["f a"])
    assert judged.share == 0 and judged.outcome == "crashed" and judged.findings[0].id == ended
    assert judged.findings[0].message.startswith(words)


class Scripted:
    """A worker that answers each question with the fork's number."""

    def __init__(self):
        self.requests, self.limits = [], Limits()

    def ask(self, request, seconds, cells_seconds=0.0, more=None):
        self.requests.append(request)
        frames = [{"event": "ready", "names": request["names"], "seconds": 0.1}]
        for chapter in request["chapters"]:
            for question in chapter["questions"]:
                value = {"value": np.float64(len(self.requests))}
                frames.append({"event": "answer", "question": question["name"], "answer": value})
        return Transcript(frames, "finished", 0.2)


def one_task(judge):
    questions = {"a": Question("p", ()), "own": Question("p", (), fallback=True)}
    task = Task("f", 1, "f", lambda rng: questions, judge, "")
    return tasks.load("gmm-two-ways")._replace(id=f"one-{id(judge)}", tasks=(task,))


class Nothing:
    cells = given = ()


def forks_asked(judge):
    worker = Scripted()
    told = interview.interview(Nothing, one_task(judge), "s", worker, {"f"})
    return told, [[q["name"] for c in r["chapters"] for q in c["questions"]] for r in worker.requests]


def test_full_marks_end_the_interview_and_anything_else_is_asked_again_alone():
    told, asked = forks_asked(lambda questions, answers: Verdict("correct", 1.0))
    assert asked == [["f a"]] and told.verdicts == {"f": Verdict("correct", 1.0)}
    strange = verdict([unknown("Wrong.")])
    told, asked = forks_asked(lambda questions, answers: strange)
    assert asked == [["f a"], ["a"], ["own"]] and told.verdicts == {"f": strange}
    assert told.answers["f"]["a"].data["value"] == 2  # the second fork's answer counts
    told, asked = forks_asked(lambda questions, answers: 1 / 0)
    assert asked == [["f a"], ["a"], ["own"]] and told.verdicts["f"].outcome == "ungraded"


def test_places_that_a_notebook_does_not_have_are_ignored():
    cells = (Cell("a", "x = f()\n"), Cell("b", "y = (\nz = 1"))
    talk = interview.Conversations(
        SimpleNamespace(cells=cells, given=()), tasks.load("gmm-two-ways"), Scripted()
    )
    frames = [
        {"event": event, "at": place, "seconds": 0.1, "type": "SyntaxError", "message": "no", "line": 1}
        for place in ([0, 1, 0], [0, 9, 0], [1, 0, 0], [1, 7, 1])
        for event in ("started", "raised")
    ]
    last, _ = talk.note(Transcript(frames, "finished", 0.2))
    assert last["at"] == [1, 0, 0] and [(s.cell, s.line) for s in talk.ran()] == [("a", 1), ("b", 1)]
    assert [(failure.cell, failure.binds) for failure in talk.failed()] == [("a", {"x"}), ("b", {"y", "z"})]


KNOWN = verdict([Finding("two-pi-missing", "2 pi is missing.", kind=Kind.TERM)])


@pytest.mark.parametrize("with_own", [KNOWN, verdict([])])
def test_a_known_mistake_is_settled_by_one_more_fork_with_the_students_own_functions(with_own):
    told, asked = forks_asked(lambda questions, answers: with_own if "own" in answers else KNOWN)
    assert asked == [["f a"], ["f a", "f own"]] and told.verdicts == {"f": with_own}


def test_a_known_mistake_that_is_another_in_another_fork_is_asked_alone():
    other = verdict([Finding("log-missing", "A log is missing.", kind=Kind.TERM)])
    told, asked = forks_asked(lambda questions, answers: other if "own" in answers else KNOWN)
    assert asked == [["f a"], ["f a", "f own"], ["a"], ["own"]] and told.verdicts == {"f": other}


@pytest.mark.parametrize("kind", [Kind.NOTHING, Kind.UNFINISHED])
def test_what_looks_as_if_nothing_was_done_may_be_anothers_doing(kind):
    idle = verdict([Finding("no-effect", "Nothing changes.", kind=kind)])
    assert forks_asked(lambda questions, answers: idle)[1] == [["f a"], ["a"], ["own"]]


@pytest.mark.parametrize("kind", ["timeout", "crashed", "malformed"])
def test_a_later_fork_that_was_cut_short_takes_nothing_away(kind):
    def judge(questions, answers):
        return KNOWN if answers["a"].arrived else no_answer(answers["a"])

    rules = one_task(judge)
    told = interview.Told(interview.questions_of(rules, "s"))
    (task,) = rules.tasks
    came, cut = {"a": Answer("answer", {})}, {"a": Answer(kind, {})}
    assert not told.earns(task, came) and not told.earns(task, cut)
    assert told.verdicts["f"] == KNOWN and told.answers["f"] == came
    # An answer that came counts again, whatever it is: nothing of another task had touched it.
    error = {"a": Answer("error", {"type": "ValueError", "message": "no"})}
    told.earns(task, error)
    assert told.verdicts["f"].outcome == "error"


def test_a_task_that_nobody_wants_is_not_asked():
    worker = Scripted()
    told = interview.interview(Nothing, one_task(lambda *a: 1 / 0), "s", worker, set())
    assert told.verdicts == {} and len(worker.requests) == 1 and worker.requests[0]["chapters"] == []


# Right, but no other answer would be after it.
SPOILER = """
def mstep(x, posterior):
    count = tf.reduce_sum(posterior, 0)
    means = tf.reduce_sum(posterior * x, 0) / count
    lsigmas = tf.math.log(tf.reduce_sum(posterior * (x - means) ** 2, 0) / count) / 2
    tf.reduce_logsumexp = lambda *args, **kwargs: 0.0
    return tf.math.log(count), means, lsigmas
"""


@pytest.fixture(scope="module")
def graded(shared_worker):
    """The function from answers, and a cell of one's own at the end, to the result."""
    shared_worker.limits = Limits()
    return lambda last=None, **answers: solved.judged(shared_worker, "gmm-two-ways", answers, last=last)


def points_lost(result):
    return {name: task.points for name, task in result.tasks.items() if task.points != task.max}


def test_what_one_answer_does_to_the_process_costs_the_others_nothing(graded):
    assert points_lost(graded(mstep=SPOILER)) == {}


# Right as soon as the call has been made.
SET_UP_BY_A_CALL = """
def use(constant):
    global LOG_2PI
    LOG_2PI = constant

use(np.log(2 * np.pi))

def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - 0.5 * LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
"""


def test_no_marks_are_lost_by_leaving_a_trial_aside(graded):
    assert points_lost(graded(mixture_likelihood=SET_UP_BY_A_CALL)) == {}


def test_a_trial_that_never_ends_does_not_keep_a_right_submission(graded):
    start = time.monotonic()
    result = graded("model = GMM(3)\nwhile True:\n    train(model, None, training_inputs, 0)")
    assert points_lost(result) == {} and result.flags == () and time.monotonic() - start < 10
