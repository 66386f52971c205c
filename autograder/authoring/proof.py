"""Prove a judge before it is used: the right functions, and each known mistake, against the judge itself."""

from typing import NamedTuple

from autograder.authoring.declarations import JudgeError
from autograder.engine.assignment import Assignment
from autograder.engine.interview import judged, questions_of
from autograder.engine.judge import EITHER

SECRET = "proof"


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
            asked = questions_of(assignment, secret)[task.id]
            answers = task.made(asked)
        except JudgeError as error:
            faults.append(str(error))
            continue
        except Exception as error:  # noqa: BLE001 - the author's own functions
            faults.append(
                f"{where}: the right function fails on its own inputs: {type(error).__name__}: {error}"
            )
            continue
        for label, given in answers.items():
            verdict = judged(task, asked, given)
            named = {id for finding in verdict.findings for id in finding.id.split(EITHER)}
            wanted = label.split()[0]
            if verdict.outcome == "ungraded":
                faults.append(f"{where}: {verdict.findings[0].message}")
            elif verdict.share == 1.0:
                faults.append(
                    f"{where}: the mistake {label} keeps all points: on the drawn inputs it is right"
                )
            elif wanted not in named:
                others = ", ".join(sorted(named))
                faults.append(f"{where}: the mistake {label} is not named as itself but as {others}")
            elif len(named) > 1 and any(EITHER in finding.id for finding in verdict.findings):
                notes.append(f"{where}: no drawn input tells {' and '.join(sorted(named))} apart")
    return Proof(tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(notes)))
