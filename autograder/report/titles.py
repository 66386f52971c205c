"""What a notebook calls its tasks: the heading above each answer, and the text of its question."""

import re
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.engine.submission import grade_id, is_answer

HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$", re.MULTILINE)
FENCED = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
POINTS = re.compile(r"\s*[(\[][\d.,]+ (?:points?|marks?)[)\]]$", re.IGNORECASE)
LABEL = re.compile(r"^(?:task|exercise|problem)\s*:\s*", re.IGNORECASE)


class Title(NamedTuple):
    """A task as its reader knows it."""

    name: str
    question: str  # Markdown below the heading, up to the answer


def titles_of(release: NotebookNode) -> dict[str, Title]:
    """{id of each answer: Title} of a release notebook; an answer without a heading goes by its id."""
    found: dict[str, Title] = {}
    heading = ""
    text: list[str] = []
    for cell in release.cells:
        name = grade_id(cell)
        if name and is_answer(cell):
            own = HEADING.search(_without_code(cell.source)) if cell.cell_type == "markdown" else None
            title = _plain(own[2]) if own else heading
            found[name] = Title(title or name, "\n\n".join(text).strip())
            text = []
        elif cell.cell_type == "markdown":
            headings = list(HEADING.finditer(_without_code(cell.source)))
            if headings:
                heading, text = _plain(headings[-1][2]), [cell.source[headings[-1].end() :]]
            else:
                text.append(cell.source)
    return _told_apart(found)


def names_of(release: NotebookNode) -> dict[str, str]:
    """{id of each answer: its name for the reader}."""
    return {id: title.name for id, title in titles_of(release).items()}


def _without_code(text):
    """Markdown of the same length, with blanks for fenced code, whose comments look like headings."""
    return FENCED.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)


def _plain(heading):
    """A heading without the points and the word before it."""
    return LABEL.sub("", POINTS.sub("", heading)).strip()


def _told_apart(titles):
    """The same, where answers below one heading go by their ids, too."""
    names = [title.name for title in titles.values()]
    return {
        id: title._replace(name=f"{title.name} (`{id}`)") if names.count(title.name) > 1 else title
        for id, title in titles.items()
    }
