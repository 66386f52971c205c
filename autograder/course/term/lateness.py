"""What handing in late costs: pure functions of times, rules and scores."""

import datetime
import math
import zoneinfo
from collections.abc import Sequence
from typing import NamedTuple

LATE, TIME_UNKNOWN = "late", "late-time-unknown"  # ids of flags
DAY = datetime.timedelta(days=1)
LONGEST = 3660  # days that anybody counts


class Deadline(NamedTuple):
    """When an assignment is due; `grace` is added to the due time and to each day after it."""

    due: datetime.datetime  # with a time zone
    grace: datetime.timedelta = datetime.timedelta(0)

    def extended(self, until: datetime.datetime | None) -> "Deadline":
        """The deadline of a student who has time until then; never an earlier one."""
        return self if until is None else self._replace(due=max(self.due, until, key=_utc))


class Rule(NamedTuple):
    """What each late day costs, of the points that the student has earned."""

    share: float = 0.0  # of the assignment's maximum, for each day
    points: float = 0.0  # for each day
    most_days: int | None = None  # later than this, nothing counts


class Late(NamedTuple):
    """One late submission of a student."""

    assignment: str
    days: int
    rule: Rule
    slips: bool  # slip days may pay
    earned: float  # points without any penalty
    maximum: float


class Penalty(NamedTuple):
    """What a submission loses, and the sum that shows why."""

    points: float = 0.0
    sum: str = ""


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of a name such as Europe/Berlin.

    Raises:
        ValueError: there is none.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    # Some names, such as Europe, are those of a folder of zones.
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError, TypeError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error


def _utc(moment):
    """The moment in UTC; in the night when clocks change, the later reading of a time that is there twice."""
    return max(moment.replace(fold=fold).astimezone(datetime.UTC) for fold in (0, 1))


def days_late(handed_in: datetime.datetime, deadline: Deadline) -> int:
    """Started days between the deadline and the time of handing in; 0 on time.

    A day ends when the clocks of the deadline's time zone show the due time again, so that a night in which
    they change makes nobody late.

    Args:
        handed_in: datetime with a time zone.
    """
    moment = handed_in.astimezone(datetime.UTC)
    low, high = 0, LONGEST
    if moment > _end_of_day(deadline, high):
        return high
    while low < high:  # the first day whose end is not before the moment
        middle = (low + high) // 2
        if moment <= _end_of_day(deadline, middle):
            high = middle
        else:
            low = middle + 1
    return low


def _end_of_day(deadline, day):
    return _utc(deadline.due + day * DAY) + deadline.grace


def penalty(days: int, rule: Rule, earned: float, maximum: float) -> float:
    """Points that so many late days cost; never more than what was earned."""
    if days <= 0:
        return 0.0
    if rule.most_days is not None and days > rule.most_days:
        return max(earned, 0.0)
    return max(0.0, min(earned, days * (rule.points + rule.share * maximum)))


def best_slips(budget: int, costs: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """How many slip days to spend on each submission, so that all penalties together are least.

    Args:
        budget: slip days of the student.
        costs: for each submission its penalties with 0, 1, ... slip days spent on it.
    Returns:
        A tuple of numbers; among equal ones, the fewest days in all, and these on the earliest submissions.
    """
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}  # {days spent: (penalties, how)}
    for cost in costs:
        further: dict[int, tuple[float, tuple[int, ...]]] = {}
        for spent, (total, how) in best.items():
            for days, points in enumerate(cost[: budget - spent + 1]):
                candidate = (total + points, (*how, days))
                known = further.get(spent + days)
                if known is None or _better(candidate, known):
                    further[spent + days] = candidate
        best = further
    spent = min(best, key=lambda days: (round(best[days][0], 9), days))
    return best[spent][1]


def _better(one, other):
    if not math.isclose(one[0], other[0], rel_tol=0, abs_tol=1e-9):
        return one[0] < other[0]
    return one[1] > other[1]


def penalties(late: Sequence[Late], slip_days: int) -> dict[str, Penalty]:
    """{assignment: Penalty} of all late submissions of one student, in the order of their due dates.

    Args:
        late: Lates, by due date.
        slip_days: for the whole course.
    """
    paying = [one for one in late if one.slips]
    costs = [
        [penalty(one.days - slips, one.rule, one.earned, one.maximum) for slips in range(one.days + 1)]
        for one in paying
    ]
    slips = dict(zip((one.assignment for one in paying), best_slips(slip_days, costs), strict=True))
    return {one.assignment: explained(one, slips.get(one.assignment, 0)) for one in late}


def explained(late: Late, slips: int) -> Penalty:
    """The Penalty of a late submission of which slip days paid for some."""
    left = late.days - slips
    points = round(penalty(left, late.rule, late.earned, late.maximum), 2)
    said = [f"Handed in {_days(late.days)} late"]
    if slips:
        said.append(f"{_days(slips)} covered by slip days")
    if left and late.rule.most_days is not None and left > late.rule.most_days:
        allowed = f"; at most {_days(late.rule.most_days)} count" if late.rule.most_days else ""
        said.append(f"{_days(left)} too late{allowed}, so all {points:g} earned points are lost")
    elif left:
        each = late.rule.points + late.rule.share * late.maximum
        capped = f", of which {points:g} were earned" if points < round(left * each, 2) else ""
        said.append(f"{left} × {each:g} = {left * each:g} points less{capped}")
    return Penalty(points, "; ".join(said) + ".")


def _days(number):
    return f"{number} day" if number == 1 else f"{number} days"
