"""The releases of a course, without anything private, for a folder or a repository that students can read."""

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import nbformat

from autograder.course.atomic import write
from autograder.course.directory import Course, CourseError
from autograder.course.folders import TOOLS
from autograder.engine import submission

MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
SOLUTION = re.compile(r"BEGIN SOLUTION\b[^\n]*\n(.*?)\n[^\n]*END SOLUTION", re.DOTALL)
TELLING = 40  # characters of an answer that nobody writes by chance
REMOTE = re.compile(r"[\w.+-]+://.+|[^/\\:]{2,}:.+")  # as git reads it; C: is a drive
GITHUB = re.compile(r"(?:^|[/@.])github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
BRANCH = "main"
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


class Links(NamedTuple):
    """Where students open what is published."""

    github: str | None = None  # OWNER/REPOSITORY
    hub: str | None = None  # address of a JupyterHub with nbgitpuller

    def colab(self, path: str) -> str:
        """Opens a notebook in Colab (colab.research.google.com/github)."""
        return f"https://colab.research.google.com/github/{self.github}/blob/{BRANCH}/{quote(path)}"

    def pull(self, path: str) -> str:
        """Copies the repository to a JupyterHub and opens a notebook (nbgitpuller's link generator)."""
        github, hub = self.github or "", self.hub or ""
        place = f"lab/tree/{github.partition('/')[2]}/{path}"
        query = urlencode({"repo": f"https://github.com/{github}", "urlpath": place, "branch": BRANCH})
        return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{query}"


def files(course: Course, links: Links, titles: Mapping[str, str]) -> dict[str, bytes]:
    """{path: bytes} of all that is published.

    Args:
        titles: {assignment: title}.
    Raises:
        CourseError: a solution, a hidden test or the course's secret shows, or there is nothing to publish.
    """
    root, found = course.root / "assignments", {}
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if TOOLS.intersection(inside.parts):
            continue
        if path.is_symlink():
            raise CourseError(f"{path} is a link; put the file itself there.")
        if path.is_file():
            found[inside.as_posix()] = path.read_bytes()
    if faults := list(_leaks(course, found)):
        raise CourseError("Nothing was published:\n  " + "\n  ".join(faults))
    notebooks = [path for path in found if path.endswith(".ipynb")]
    if not notebooks:
        raise CourseError(f"Expected releases in {root}, found none; make one with `autograder release`.")
    if links.github:
        found |= {path: with_badge(found[path], links.colab(path)) for path in notebooks}
    found["README.md"] = readme(notebooks, links, titles).encode()
    return found


def _leaks(course, found):
    """Sentences about files that hold what must not leave the course."""
    answers = set(_answers(course))
    secret = course.secret()
    for path, content in (one for each in found.items() for one in _with_packed(*each)):
        text = _text(path, content)
        for mark in MARKS:
            if mark in text:
                yield f"{path} holds {mark}"
        if secret in text:
            yield f"{path} holds the course's secret"
        plain = _plain(text)
        if any(answer in plain for answer in answers):
            yield f"{path} holds an answer of the solution"


def _with_packed(path, content):
    """(path, bytes) of a file, and of the files in it where it is a zip."""
    yield path, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                try:
                    inner = packed.read(name)
                except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
                    raise CourseError(f"{path}: {name} cannot be searched: {error}; take it out.") from error
                yield from _with_packed(f"{path}/{name}", inner)


def _answers(course):
    """Answers of the source notebooks that are long enough to be known again, without white space."""
    for path in (course.root / "solutions").glob("*/*.ipynb"):
        for cell in submission.read_release(path).cells:
            if submission.grade_id(cell) and submission.is_answer(cell):
                parts = SOLUTION.findall(cell.source)
                for part in parts or [cell.source] * (cell.cell_type == "markdown"):
                    if len(answer := _plain(part)) >= TELLING:
                        yield answer


def _plain(text):
    return "".join(text.split())


def _text(path, content):
    """All text of a file; of a notebook every text in it, without JSON's escapes."""
    text = content.decode("utf-8", "replace")
    if not path.lower().endswith(".ipynb"):
        return text
    try:
        return "\n".join(_texts(nbformat.reads(text, as_version=4)))
    except ValueError as error:
        raise CourseError(f"{path} is no notebook: {error}; take it out.") from error


def _texts(value):
    """Every text in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _texts(one)


def with_badge(content: bytes, link: str) -> bytes:
    """Bytes of the notebook with Colab's badge above it, in the cell that Colab itself would add."""
    notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
    if not any(cell.metadata.get("id") == "view-in-github" for cell in notebook.cells):
        source = f'<a href="{link}" target="_parent"><img src="{BADGE}" alt="Open In Colab"/></a>'
        about = {"id": "view-in-github", "colab_type": "text"}
        badge = nbformat.v4.new_markdown_cell(source, metadata=about, id="view-in-github")
        if notebook.nbformat_minor < 5:  # as Colab writes it; cells have no ids there
            del badge["id"]
        notebook.cells.insert(0, badge)
    return nbformat.writes(notebook).encode()


def readme(notebooks: Iterable[str], links: Links, titles: Mapping[str, str]) -> str:
    """Text of the README that lists the notebooks."""
    lines = ["# Assignments", "", "Open a notebook, write your answers, and hand in the notebook itself.", ""]
    for path in notebooks:
        name = path.partition("/")[0]
        line = f"- [{titles.get(name, name)}]({quote(path)})"
        if links.github:
            line += f" · [open in Colab]({links.colab(path)})"
            line += f" · [open on our JupyterHub]({links.pull(path)})" if links.hub else ""
        lines.append(line)
    return "\n".join([*lines, ""])


def is_repository(to: str) -> bool:
    """Whether `--to` names a repository to push to, and not a folder to write to."""
    if Path(to).exists():
        return (Path(to) / "HEAD").is_file() and (Path(to) / "objects").is_dir()
    return bool(REMOTE.fullmatch(to))


def github_of(to: str) -> str | None:
    """OWNER/REPOSITORY in a repository's address, or None."""
    match = GITHUB.search(to)
    return f"{match[1]}/{match[2]}" if match else None


def to_folder(found: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write the files -> names of files that were there before and are not among them."""
    before = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for path, content in found.items():
        write(folder / path, content)
    return sorted(path for path in before - found.keys() if not path.startswith(".git/"))


def to_repository(found: Mapping[str, bytes], remote: str, message: str) -> bool:
    """Push the files as one commit on top of what is there -> whether anything changed.

    Folders of assignments, which have a notebook of the same name, become what is published now; all else
    stays.

    Raises:
        CourseError: git refused; the message says why.
    """
    with tempfile.TemporaryDirectory(prefix="publish-") as scratch:
        work = Path(scratch)
        _git(work, "init", "-q", "-b", BRANCH)
        known = _git(work, "ls-remote", "--heads", remote, BRANCH)
        if known:
            _git(work, "fetch", "-q", "--depth", "1", remote, BRANCH)
            _git(work, "reset", "-q", "--hard", "FETCH_HEAD")
        for folder in [place.parent for place in work.glob("*/*.ipynb") if place.stem == place.parent.name]:
            shutil.rmtree(folder)
        for path, content in found.items():
            write(work / path, content)
        _git(work, "add", "--all", "--force", ".")
        if known and not _git(work, "status", "--porcelain"):
            return False
        _git(work, "commit", "-q", "-m", message)
        _git(work, "push", "-q", remote, f"HEAD:refs/heads/{BRANCH}")
    return True


def _git(folder, *words):
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise CourseError("Expected the command git, found none; install git.") from error
    if done.returncode:
        raise CourseError(f"git {words[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()
