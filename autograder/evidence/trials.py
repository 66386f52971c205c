"""What is tried of a judge, in which order, and how one trial goes."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import NamedTuple

from autograder.engine import grading
from autograder.engine.answers import Recorded
from autograder.engine.interview import Conversations, interview, modules_to_preload, questions_of
from autograder.engine.judge import Answers, Came, Outcome
from autograder.evidence import tables
from autograder.evidence.kept import TrialResult
from autograder.evidence.mutants import Mutant
from autograder.evidence.subject import Subject
from autograder.jail import Worker

SECRETS = [f"evidence {number}" for number in range(100)]  # each of which draws other inputs
# A mutant is judged under the first, and again under the next where that may tell more.
AGAIN = SECRETS[1:6]
TABLES = SECRETS[:10]  # under which mistake tables are tried


Found = Mapping[str, TrialResult]  # by the key of a trial


class Trial(NamedTuple):
    """One thing to try, and its turn: those with smaller numbers come first.

    Of kind "table": a task's mistake table under a secret; "seeds": whether its answers are random;
    "reference": the reference under a secret; "mutant": a mutant; "again": a mutant under more secrets.
    """

    turn: float
    kind: str
    task: str = ""
    secret: str = ""
    mutant: Mutant | None = None

    @property
    def key(self) -> str:
        return key(self.kind, self.task, self.mutant.id if self.mutant else self.secret)


def key(kind: str, task: str = "", name: str = "") -> str:
    """Under what the result of a trial is kept."""
    return " ".join(filter(None, (kind, task, name)))


def trials(subject: Subject, found: Found) -> list[Trial]:
    """All that is to be tried, as far as it follows from what was found so far, by turns."""
    tasks = subject.rules.tasks
    made = [Trial(-1, "seeds", task.id) for task in tasks]
    made += [
        Trial(4 * number - 2, "table", task.id, secret)
        for task in tasks
        if task.made
        for number, secret in enumerate(TABLES)
    ]
    made += [Trial(4 * number, "reference", secret=secret) for number, secret in enumerate(SECRETS)]
    rows = zip_longest(*([(task, mutant) for mutant in some] for task, some in subject.mutants.items()))
    for turn, (task, mutant) in enumerate(filter(None, (one for row in rows for one in row))):
        made.append(Trial(turn, "mutant", task, mutant=mutant))
        if (result := found.get(key("mutant", task, mutant.id))) is None:
            continue
        if survived(result):
            made.append(Trial(turn, "again", task, mutant=mutant))
        elif found.get(key("seeds", task), {}).get("random"):
            made.append(Trial(3 * turn, "again", task, mutant=mutant))
    return sorted(made, key=lambda trial: trial.turn)


def every_key(subject: Subject) -> set[str]:
    """The keys of all trials that there can be."""
    mutants = [(task, mutant.id) for task, some in subject.mutants.items() for mutant in some]
    again = {key("again", *mutant) for mutant in mutants}
    return again | {trial.key for trial in trials(subject, {})}


def survived(result: TrialResult) -> bool:
    """Whether a mutant kept all marks of its task."""
    return result["points"] == result["max"]


class Trials:
    """Holds trials of a subject, several at a time, each with a worker of its own."""

    def __init__(self, subject: Subject):
        self.subject = subject
        self._told: dict[tuple[str, str], Answers] = {}

    def hold(self, trial: Trial, worker: Worker | Recorded) -> TrialResult:
        """The result of a trial, of JSON values.

        Raises:
            Exception: the judge or the jail failed; there is no result.
        """
        return getattr(self, f"_{trial.kind}")(trial, worker)

    def _table(self, trial, worker):
        (task,) = self.subject.only({trial.task}).tasks
        return tables.tried(task, self.subject.rules.id, trial.secret)

    def _seeds(self, trial, worker):
        rules = self.subject.only({trial.task})
        (task,) = rules.tasks
        asked = {
            name: question
            for name, question in questions_of(rules, SECRETS[0])[task.id].items()
            if not question.fallback
        }
        talk = Conversations(self._prepared(worker), rules, worker)
        talk.survey()
        seconds = task.patience * worker.limits.task_seconds
        one, other = (talk.ask(task.name, asked, seed, seconds) for seed in (1, 2))
        in_time([task.id for answer in (*one.values(), *other.values()) if answer.kind == Came.TIMEOUT])
        return {"random": not tables.same(one, other)}

    def _reference(self, trial, worker):
        rules = self.subject.rules._replace(examples={})
        judged = grading.judge_submission(self._prepared(worker), rules, trial.secret, worker).tasks
        in_time([task for task, found in judged.items() if found.outcome == Outcome.TIMEOUT])
        return {"accused": {task: ids(found) for task, found in judged.items() if lost(found)}}

    def _mutant(self, trial, worker):
        rules = self.subject.only(self.subject.users[trial.task])
        submission = self._prepared(worker, {trial.task: trial.mutant.source})
        judged = grading.judge_submission(submission, rules, SECRETS[0], worker).tasks
        own = judged.pop(trial.task)
        return {
            "points": own.points,
            "max": own.max,
            "outcome": own.outcome,
            "findings": ids(own),
            "elsewhere": {task: lost(found) for task, found in judged.items() if lost(found)},
        }

    def _again(self, trial, worker):
        """Under how many secrets it lost marks, and whether its answers were the reference's under all."""
        rules, caught, alike = self.subject.only({trial.task}), 0, True
        for secret in AGAIN:
            submission = self._prepared(worker, {trial.task: trial.mutant.source})
            told = interview(submission, rules, secret, worker, {trial.task})
            verdict, answers = told.verdicts.get(trial.task), told.answers[trial.task]
            caught += verdict is None or verdict.share < 1
            right = self._right_answers(trial.task, rules, secret, worker)
            both = answers.keys() & right.keys()  # more is asked of whichever is not right at first
            alike = alike and bool(both) and tables.same(*({n: a[n] for n in both} for a in (answers, right)))
        return {"caught": caught, "of": len(AGAIN), "same": alike}

    def _right_answers(self, task, rules, secret, worker):
        """{question name: Answer} of the reference."""
        if (task, secret) not in self._told:
            answers = interview(self._prepared(worker), rules, secret, worker, {task}).answers[task]
            in_time([task for answer in answers.values() if answer.kind == Came.TIMEOUT])
            self._told[task, secret] = answers
        return self._told[task, secret]

    def _prepared(self, worker, sources=()):
        """The Submission with these sources, for which the worker is ready."""
        submission = self.subject.submitted(dict(sources))
        worker.prepare(modules_to_preload(submission.cells))
        return submission


def in_time(late: list[str]) -> None:
    """
    Raises:
        TimeoutError: the reference did not end in time in these tasks, which is no verdict on the judge.
    """
    if late:
        raise TimeoutError(
            f"the reference did not end in time in {late[0]}: "
            "try again when the machine is less busy, or make it faster"
        )


def ids(task: grading.TaskResult) -> list[str]:
    """The ids of a task's findings."""
    return [finding.id for finding in task.findings]


def lost(task: grading.TaskResult) -> float:
    """The points that a task lost."""
    return round(task.max - task.points, 2)
