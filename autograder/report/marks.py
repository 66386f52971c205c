"""What a gradebook says of a submission, as pages and tables read it."""

from typing import NamedTuple


class Mark(NamedTuple):
    """What the gradebook says of one task, automatic or written."""

    points: float  # that count: a person's where there are any, else the grader's
    max: float
    automatic: float | None  # the grader's points
    entered: float | None  # a person's points
    waits: bool  # for a person
    written: bool
    comment: str  # a person's


class Score(NamedTuple):
    """What the gradebook says of one submission."""

    score: float  # automatic and entered manual points, less the penalty
    manual_pending: float  # points of the answers that a person has yet to read
    penalty: float
    marks: dict[str, Mark]  # by task id
