"""What the pages say: their blocks, their links, their headings."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


class Block(NamedTuple):
    """A fenced block."""

    language: str
    about: str
    text: str


def blocks(path: Path, language: str | None = None) -> list[Block]:
    """The fenced blocks of a page, in order; of one language only if it is given."""
    found = re.findall(r"^```(\S*) ?([^\n]*)\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE)
    return [Block(*part) for part in found if language in (None, part[0])]


def commands(path: Path) -> list[str]:
    """The lines of a page's console blocks that a reader types, without their comments."""
    lines = [line for block in blocks(path, "console") for line in block.text.splitlines()]
    return [re.sub(r"\s+# .*", "", line[2:]) for line in lines if line.startswith("$ ")]


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)


def links(path: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(path))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
