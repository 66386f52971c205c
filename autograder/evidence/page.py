"""The page of evidence: HTML from what `summary.evidence_of` found, by pure functions."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import jinja2

from autograder.engine.words import printable
from autograder.evidence.summary import STANDINGS, Evidence
from autograder.report.pages import PAGES, WORDS

SHOWN = 160  # characters of an edit
LOADERS = (jinja2.PackageLoader("autograder.evidence"), PAGES.loader)
ROOM = PAGES.overlay(loader=jinja2.ChoiceLoader([loader for loader in LOADERS if loader]))
ROOM.filters = PAGES.filters | {
    "code": lambda text: printable(text, SHOWN) + "…" * (len(text) > SHOWN),
    "percent": lambda share: f"{100 * share:.1f} %",
}


def page(evidence: Evidence) -> str:
    """The page about an assignment's judge, without anything from outside it.

    Args:
        evidence: as in evidence.json.
    """
    rows = [row | {"task": task} for task, found in evidence["tasks"].items() for row in found["rows"]]
    counts = Counter(row["standing"] for row in rows)
    listed = [row for row in rows if row["standing"] == "listed"]
    return ROOM.get_template("evidence.html").render(
        **evidence,
        counts=Counter(dict.fromkeys(STANDINGS, 0)) + counts,
        made=sum(found["mutants"]["made"] for found in evidence["tasks"].values()),
        judged=len(rows),
        mistaken=counts["caught"] + counts["person"] + counts["survived"],
        rows=rows,
        survivors=[row for row in rows if row["standing"] in ("survived", "uncompared")],
        alike=[row for row in rows if row["standing"] == "same"],
        listed=listed,
        own_judges=[task for task, found in evidence["tasks"].items() if not found["table"]["declared"]],
        listed_and_lost=[row for row in listed if row["points"] < row["max"]],
        elsewhere=[row for row in rows if row["elsewhere"]],
        sometimes=[row for row in rows if row["standing"] == "caught" and seldom(row)],
        words=WORDS | {"correct": "kept all marks"},
    )


def seldom(row: Mapping[str, Any]) -> bool:
    """Whether a mutant that lost marks under one secret kept them all under another."""
    return bool(row["again"]) and row["again"]["caught"] < row["again"]["of"]
