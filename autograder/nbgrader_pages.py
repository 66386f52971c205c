"""What nbgrader's pages (the formgrader and the feedback) show of a notebook: text, code and pictures.

nbgrader puts a student's Markdown, HTML and outputs into its pages as they are. A script in them runs with
the rights of the person who reads the page, in that person's Jupyter. nbgrader_config.py names the parts of
this module, which let a notebook be seen and nothing in it run, load or link:

- `PlainNotebook` rebuilds the notebook from what the pages need, before they are made.
- `markdown_to_html` and `code_to_html` replace the filters of nbconvert's templates.

Links become text with their address: a click on one that leads to the reader's own Jupyter could do harm.
Names of students are escaped, too.

The formgrader shows below each written answer what the source notebook says there: the reference answer and
its rubric. They are for its reader alone; the feedback that nbgrader writes for students never holds them.
"""

import base64
import binascii
import functools
import html
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import bleach
import bs4
import jinja2
import nbformat
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

Resources = dict[str, Any]  # nbconvert's: what templates may read
Marks = dict[str, Any]  # a cell's metadata of nbgrader
TAGS = frozenset(
    "a b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s "
    "samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var".split()
)
ATTRIBUTES = {"a": ["href"], "img": ["src", "alt"], "ol": ["start"]}
PICTURES = ("image/png", "image/jpeg")
EMBEDDED = re.compile(rf"data:({'|'.join(PICTURES)});base64,[A-Za-z0-9+/=\s]+")
# The two commands with which MathJax makes links.
LINKS_IN_MATH = re.compile(r"\\(href|mmlToken)(?![A-Za-z])")
# Parsers take quadratic time for some texts: seconds for one of this length, minutes for a megabyte.
LONGEST = 40_000
FOR_THE_READER = "**For the reader alone: reference answer and rubric**"
GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")
# Names, which nbgrader's templates put into pages and into the scripts of these.
NAMES = frozenset(
    "student student_id first_name last_name filename notebook_path notebook_id assignment_id".split()
)


def harmless(markup: str) -> str:
    """Markup without scripts, styles, addresses to load or to follow; what is not allowed shows as text."""
    cleaner = bleach.Cleaner(TAGS, ATTRIBUTES, protocols={"data", "http", "https", "mailto"})
    soup = bs4.BeautifulSoup(cleaner.clean(markup), "html.parser")
    for link in soup.find_all("a"):
        if "href" in link.attrs:
            link.append(f" ({link['href']})")
        link.unwrap()
    for image in soup.find_all("img"):
        source = str(image.get("src", ""))
        if not EMBEDDED.fullmatch(source):
            image.replace_with(f"[picture not loaded: {image.get('alt') or 'no description'}, {source}]")
    soup.smooth()  # else a command could be in two pieces
    for text in soup.find_all(string=LINKS_IN_MATH):
        text.replace_with(LINKS_IN_MATH.sub(r"\\ \1", text))
    return str(soup)


@jinja2.pass_context
def markdown_to_html(context: jinja2.runtime.Context, source: str) -> str:
    """The filter `markdown2html`: Markdown of a cell, an output or a comment, made `harmless`."""
    return rendered(source, context.get("cell", {}).get("attachments", {}))


def rendered(source: str, attachments: dict) -> str:
    """Markdown as `harmless` HTML, with its pictures of these attachments."""
    if len(source) > LONGEST:
        return as_written(source)
    try:
        renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
        return harmless(MarkdownWithMath(renderer=renderer).render(source))
    except Exception:  # noqa: BLE001 - the parsers do not take every text, and the page is needed
        return as_written(source)


def as_written(source: str) -> str:
    return f"<pre>{html.escape(source)}</pre>"


def code_to_html(source: str, language: str | None = None, metadata: object = None) -> str:
    """The filter `highlight_code`: always as Python, whatever language the notebook claims."""
    return Highlight2HTML(pygments_lexer="ipython3")(source)


class PlainNotebook(Preprocessor):
    """Leaves of a notebook the source of its cells, nbgrader's marks, and outputs as text and pictures."""

    def __init__(self, **settings):
        super().__init__(**settings)
        escape_names_in_the_formgrader()

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """The plain notebook, and resources with names escaped."""
        resources.update(with_names_escaped(resources))
        rubrics = self.rubrics(resources) if is_formgrader(resources) else {}
        cells = with_rubrics([plain_cell(cell) for cell in nb.cells], rubrics)
        for place, cell in enumerate(cells):
            cell.id = f"cell-{place}"  # not at random: the same notebook makes the same page
        return nbformat.v4.new_notebook(cells=cells), resources

    def rubrics(self, resources: Resources) -> dict[str, str]:
        """{id: Markdown} of the written answers in the source notebook; {} where there is none here."""
        course = CourseDirectory(config=self.config)
        folder = course.format_path(course.source_directory, ".", resources["assignment_id"])
        try:
            source = nbformat.read(Path(folder, f"{resources['notebook_id']}.ipynb"), as_version=4)
        except (OSError, ValueError):
            return {}
        return {
            marks["grade_id"]: cell.source
            for cell in source.cells
            if (marks := nbgrader_marks(cell).get("nbgrader")) and is_written_answer(cell, marks)
        }


def is_formgrader(resources: Resources) -> bool:
    """Whether a page is for the formgrader's reader; what nbgrader writes for students comes with scores."""
    return "submission_id" in resources and "nbgrader" not in resources


def is_written_answer(cell: NotebookNode, marks: Marks) -> bool:
    return cell.cell_type == "markdown" and marks["grade"] and marks["solution"]


def with_rubrics(cells: Iterable[NotebookNode], rubrics: Mapping[str, str]) -> list[NotebookNode]:
    """The cells, with one below each written answer that shows what the source says there."""
    shown = []
    for cell in cells:
        shown.append(cell)
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution") and marks["grade_id"] in rubrics:
            lines = [FOR_THE_READER, "", *rubrics[marks["grade_id"]].splitlines()]
            shown.append(nbformat.v4.new_markdown_cell("\n".join(f"> {line}" for line in lines)))
    return shown


def with_names_escaped(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a template of nbgrader's, with names such that they end no string, tag or attribute."""
    return {
        name: html.escape(value).replace("\\", "&#92;") if name in NAMES and isinstance(value, str) else value
        for name, value in values.items()
    }


def escape_names_in_the_formgrader() -> None:
    """Escape names on its other pages, such as the one about a student, for which nbgrader has no setting."""
    formgrader = sys.modules.get("nbgrader.server_extensions.formgrader.base")
    if formgrader is None or hasattr(formgrader.BaseHandler.render, "__wrapped__"):
        return
    render = formgrader.BaseHandler.render

    @functools.wraps(render)
    def render_escaped(handler, template, **values):
        if "resources" in values:
            values["resources"] = with_names_escaped(values["resources"])
        return render(handler, template, **with_names_escaped(values))

    formgrader.BaseHandler.render = render_escaped


def plain_cell(cell: NotebookNode) -> NotebookNode:
    """A new cell with the same source; one that is neither Markdown nor code is shown as code."""
    metadata = nbgrader_marks(cell)
    if cell.cell_type == "markdown":
        kept = {"attachments": pictures} if (pictures := attached_pictures(cell)) else {}
        return nbformat.v4.new_markdown_cell(cell.source, metadata=metadata, **kept)
    count = cell.get("execution_count")
    return nbformat.v4.new_code_cell(
        cell.source,
        metadata=metadata,
        execution_count=count if isinstance(count, int) else None,
        outputs=[plain_output(output) for output in cell.get("outputs", ())],
    )


def nbgrader_marks(cell: NotebookNode) -> dict[str, Marks]:
    """The metadata from which nbgrader's pages know what to score; none without an id such as nbgrader's."""
    marks = cell.metadata.get("nbgrader")
    if not isinstance(marks, dict) or not GRADE_ID.fullmatch(str(marks.get("grade_id", ""))):
        return {}
    plain = {name: bool(marks.get(name)) for name in ("grade", "solution", "task", "locked")}
    if isinstance(marks.get("points"), int | float):
        plain["points"] = marks["points"]
    return {"nbgrader": {"grade_id": marks["grade_id"], **plain}}


def attached_pictures(cell: NotebookNode) -> dict[str, dict[str, str]]:
    """{name: {type: data}} of the pictures that the cell's Markdown may show."""
    found = {name: pictures_in(data) for name, data in dict(cell.get("attachments", {})).items()}
    return {name: pictures for name, pictures in found.items() if pictures}


def pictures_in(data: Mapping[str, str]) -> dict[str, str]:
    """The pictures among data by type: those that are base64."""
    return {kind: data[kind] for kind in PICTURES if kind in data and is_base64(data[kind])}


def is_base64(data: Any) -> bool:
    try:
        return bool(base64.b64decode("".join(data.split()), validate=True))
    except (AttributeError, binascii.Error, ValueError):
        return False


def plain_output(output: NotebookNode) -> NotebookNode:
    """An output as a picture if it has one, else as text; HTML, SVG, widgets and scripts are left out."""
    if output.output_type == "stream":
        return nbformat.v4.new_output("stream", name="stdout", text=str(output.get("text", "")))
    if output.output_type == "error":
        lines = "\n".join(map(str, output.get("traceback", ())))
        return nbformat.v4.new_output("stream", name="stderr", text=lines)
    data = output.get("data", {})
    text = str(data.get("text/plain", "[an output that is not shown here]"))
    return nbformat.v4.new_output("display_data", pictures_in(data) or {"text/plain": text})
