"""How many attempts Gradescope judges: what the course allows, and what a submission's metadata says."""

import datetime
import re
from typing import Any, NamedTuple

RULE = re.compile(r"\s*([1-9]\d*)\s*(?:(?:per|a|/)\s*day|(in all))\s*")
HELP = 'attempts = "5 per day" or "20 in all"'
DAY = datetime.timedelta(days=1)


class Attempts(NamedTuple):
    """At most so many judged attempts, each day or in all."""

    most: int
    each_day: bool

    def __str__(self) -> str:
        return f"{self.most} {'within 24 hours' if self.each_day else 'in all'}"


def parsed(text: str) -> Attempts:
    """
    Raises:
        ValueError: the text is no rule.
    """
    if not (isinstance(text, str) and (match := RULE.fullmatch(text))):
        raise ValueError(f"expected {HELP}, got {text!r}")
    return Attempts(int(match[1]), match[2] is None)


def last_that_counts(rule: Attempts, metadata: dict[str, Any]) -> dict[str, Any] | None:
    """The results of the last judged attempt, where no more may be judged now; else None.

    Args:
        metadata: what Gradescope says in submission_metadata.json; `previous_submissions` has the results
            that we gave, each with its `submission_time`.
    """
    now = _moment(metadata.get("created_at"))
    judged = sorted(
        (_moment(one.get("submission_time")), number, one["results"])
        for number, one in enumerate(metadata.get("previous_submissions") or ())
        if ((one.get("results") or {}).get("extra_data") or {}).get("judged")
    )
    counted = [one for one in judged if not rule.each_day or now - one[0] < DAY]
    return counted[-1][2] if len(counted) >= rule.most else None


def _moment(text):
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
