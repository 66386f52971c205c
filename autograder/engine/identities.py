"""What nbgrader's metadata says of a cell, and which cell it is where that got lost."""

from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from autograder.engine import outline, syntax

JsonCell = Mapping[str, Any]  # a notebook's, as in its JSON: `cell_type`, `source`, `metadata`
BONUS_TAG = "bonus"
# So many answers must be found where no cell has an id: `loss` may be a function of any notebook.
ENOUGH = 2


def grade_id(cell: JsonCell) -> str | None:
    """The cell's id for grading, or None."""
    about = cell.get("metadata", {}).get("nbgrader")
    return about.get("grade_id") if isinstance(about, dict) else None


def is_answer(cell: JsonCell) -> bool:
    """Whether the student writes this cell."""
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def points(cell: JsonCell) -> float | None:
    """Points of a cell that is graded, else None."""
    about = cell["metadata"].get("nbgrader", {})
    return about["points"] if about.get("grade") else None


def written_points(release: NotebookNode) -> dict[str, float]:
    """{id: points} of the questions that a person reads."""
    answers = (cell for cell in release.cells if is_answer(cell))
    return {name: most for cell in answers if (name := grade_id(cell)) and (most := points(cell)) is not None}


def maximum(notebook: NotebookNode, written: bool = True) -> float:
    """The points of a notebook; those of cells tagged `bonus` come on top of it.

    Args:
        written: False leaves out those of answers that a person reads.
    """
    cells = (cell for cell in notebook.cells if BONUS_TAG not in cell.metadata.get("tags", ()))
    return sum(points(cell) or 0 for cell in cells if written or not is_answer(cell))


def identities(submitted: Sequence[JsonCell], release: NotebookNode) -> tuple[list[str | None], list[str]]:
    """Which cell of the release each submitted cell is.

    Cells are known by their ids. Where a conversion removed or renamed ids, a cell is found again by its text
    if that is the released one, by the functions that it defines, and a written answer by the cells around
    it, each only where that is unique and keeps the order of the release.

    Returns:
        A list with an id or None for each submitted cell, and the ids of the answers that were found again.
    """
    named = {place: name for place, cell in enumerate(release.cells) if (name := grade_id(cell))}
    ids = {name: place for place, name in named.items()}
    answers = {place for place in ids.values() if is_answer(release.cells[place])}
    known = [identity if isinstance(identity, str) else None for identity in map(grade_id, submitted)]
    places = [ids.get(identity or "") for identity in known]
    by_id = answers.intersection(places)
    if set(ids.values()) - set(places):
        _find_by_text(places, submitted, release)
        _find_by_functions(places, submitted, release, answers)
        _find_by_neighbours(places, submitted, release, answers)
    again = answers.intersection(places) - by_id
    if not by_id and len(again) < min(ENOUGH, len(answers)):
        places, again = [ids.get(identity or "") for identity in known], set()
    found = [None if place is None else named.get(place) for place in places]
    return found, [named[place] for place in sorted(again)]


def _find_by_text(places, submitted, release):
    """Set the places of cells that stand in the submission, once, as released."""
    open_ones = [at for at, place in enumerate(places) if place is None]
    theirs = _unique((_meaning(submitted[at]), at) for at in open_ones)
    ours = _unique((_meaning(cell), place) for place, cell in enumerate(release.cells) if place not in places)
    for text, place in ours.items():
        if text in theirs:
            places[theirs[text]] = place


def _meaning(cell):
    code = cell["cell_type"] == "code"
    return code, syntax.meaning(cell["source"], code)


def _unique(pairs):
    """{key: value} of the keys that occur once."""
    values: dict[Any, list[Any]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return {key: found[0] for key, found in values.items() if len(found) == 1}


def _find_by_functions(places, submitted, release, answers):
    """Set the places of the only cells that define a function of an answer."""
    if not (lacking := sorted(answers.difference(places))):
        return
    code = {
        at: cell["source"]
        for at, cell in enumerate(submitted)
        if places[at] is None and cell["cell_type"] == "code"
    }
    defined = {at: set(outline.definitions(source)) for at, source in code.items()}
    made = dict(zip(code, map(outline.made_by, outline.statements_in(*code.values())), strict=True))
    for place in lacking:
        wanted = set(outline.definitions(release.cells[place].source))
        makers = [at for at, names in defined.items() if names & wanted] or [
            at for at, names in made.items() for _ in names & wanted
        ]
        if len(makers) == 1 and places[makers[0]] is None and _in_order(places, makers[0], place):
            places[makers[0]] = place


def _in_order(places, at, place):
    """Whether a cell of this place of the release fits between the known ones around it."""
    before = next((p for p in reversed(places[:at]) if p is not None), -1)
    after = next((p for p in places[at:] if p is not None), float("inf"))
    return before < place < after


def _find_by_neighbours(places, submitted, release, answers):
    """Set the places of written answers: the only text between known cells that lack one written answer."""
    written = {place for place in answers if release.cells[place].cell_type != "code"}
    for place in sorted(written.difference(places)):
        before = max((p for p in places if p is not None and p < place), default=-1)
        after = min((p for p in places if p is not None and p > place), default=len(release.cells))
        start = len(places) - places[::-1].index(before) if before in places else 0
        end = places.index(after) if after in places else len(places)
        texts = [
            at
            for at in range(start, end)
            if places[at] is None and submitted[at]["cell_type"] != "code" and submitted[at]["source"].strip()
        ]
        lacking = [p for p in written.difference(places) if before < p < after]
        if len(texts) == len(lacking) == 1:
            places[texts[0]] = place
