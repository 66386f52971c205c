"""Test a judge before it is used: judge its correct functions and each of its known mistakes."""

from collections.abc import Mapping
from typing import NamedTuple

from autograder.authoring.declarations import JudgeError
from autograder.engine.assignment import Assignment, Questions, Task
from autograder.engine.interview import judged, questions_of
from autograder.engine.judge import EITHER, Answers, Outcome, Verdict

SECRET = "proof"


class Tried(NamedTuple):
    """What the judge says of answers that make a known mistake."""

    id: str  # of the mistake
    verdict: Verdict

    @property
    def caught(self) -> bool:
        return self.verdict.share < 1 and self.verdict.outcome != Outcome.UNGRADED

    @property
    def named(self) -> bool:
        """Whether a finding is about this mistake alone."""
        return self.id in (finding.id for finding in self.verdict.findings)

    @property
    def among(self) -> set[str]:
        """Ids of the mistakes that it may be."""
        return {id for finding in self.verdict.findings for id in finding.id.split(EITHER)}


def tried(task: Task, questions: Questions, made: Mapping[str, Answers]) -> dict[str, Tried]:
    """{label: Tried} of the answers that `Task.made` makes; a label begins with the mistake's id."""
    return {
        label: Tried(label.partition(" ")[0], judged(task, questions, answers))
        for label, answers in made.items()
    }


class Proof(NamedTuple):
    """What is wrong with a judge, and what its author should know; each a sentence."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]


def prove(assignment: Assignment, secret: str = SECRET) -> Proof:
    """Judge what each declared mistake gives.

    A mistake that changes nothing is a fault, and so is one that keeps all points or is named as another.
    Mistakes that no drawn input tells apart are a note.
    """
    faults, notes = [], []
    for task in assignment.tasks:
        if task.made is None:
            continue
        where = f"{task.place}: {task.id}"
        try:
            asked = questions_of(assignment._replace(tasks=(task,)), secret)[task.id]
            # A mistake answers the same with a student's own helpers.
            answers = task.made({name: one for name, one in asked.items() if not one.fallback})
        except JudgeError as error:
            faults.append(str(error))
            continue
        except Exception as error:  # noqa: BLE001 - the author's own functions
            words = f"its inputs, or the right function, fail: {type(error).__name__}: {error}"
            faults.append(f"{where}: {words}")
            continue
        for label, one in tried(task, asked, answers).items():
            among = ", ".join(sorted(one.among))
            if one.verdict.outcome == Outcome.UNGRADED:
                faults.append(f"{where}: {one.verdict.findings[0].message}")
            elif not one.caught:
                words = (
                    "keeps all points, because it gives what is right on the drawn inputs (for a task that "
                    "draws, more `times`, fewer numbers or a statistic may tell it apart)"
                )
                faults.append(f"{where}: the mistake {label} {words}")
            elif not {*one.id.split(EITHER)} <= one.among:
                faults.append(f"{where}: the mistake {label} is not named as itself but as {among}")
            elif not one.named:
                both = among.replace(", ", " and ")
                notes.append(f"{where}: no drawn input tells {both} apart")
    return Proof(tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(notes)))
