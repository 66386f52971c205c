"""nbgrader's pages under the shipped configuration: they show what students wrote, and run nothing of it."""

import html
import html.parser
import re
import types
from pathlib import Path

import hostile_markup
import jinja2
import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.engine import submission
from autograder.nbgrader_pages import rendered
from autograder.report import titles

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATIONS = ("nbgrader_config.py", "autograder/course/templates/nbgrader_config.py")
NAME = '"><script>window.ran=1</script>'
# Attributes that hold an address; what a browser loads, opens or sends to.
ADDRESSES = {
    "href",
    "src",
    "srcset",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "ping",
    "cite",
    "longdesc",
    "usemap",
    "xlink:href",
    "srcdoc",
}
ACTIVE = {
    "script",
    "style",
    "link",
    "meta",
    "base",
    "iframe",
    "frame",
    "object",
    "embed",
    "form",
    "svg",
    "math",
    "video",
    "audio",
    "source",
    "template",
    "noscript",
    "a",
}
BOOTSTRAP = f"{handlers.static_path}/node_modules/bootstrap/dist/css"


class Parts(html.parser.HTMLParser):
    """What a page has that can do something: active elements, handlers, styles, ids and addresses."""

    def __init__(self, page):
        super().__init__()
        self.found, self.pictures, self.text, self.open_divs = [], [], "", 0
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.open_divs += tag == "div"
        if tag in ACTIVE:
            self.found.append((tag, *attributes))
        for name, value in attributes:
            if name == "src" and tag == "img" and value.startswith("data:image/png;base64,"):
                self.pictures.append(value)
            elif name == "id" and re.fullmatch(r"cell-id=cell-\d+", value):
                continue
            elif name in ADDRESSES | {"style", "id", "name"} or name.startswith(("on", "data-")):
                self.found.append((tag, name, value))

    def handle_endtag(self, tag):
        self.open_divs -= tag == "div"

    def handle_data(self, data):
        self.text += data


def shipped(configuration):
    return PyFileConfigLoader(str(ROOT / configuration)).load_config()


def page(template, notebook, configuration=None, student="eve"):
    """The page that nbgrader makes of a notebook with its template."""
    config = Config()
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    config.HTMLExporter.extra_template_paths = [BOOTSTRAP]
    config.merge(configuration or {})
    about = {
        "student": student,
        "last_name": student,
        "first_name": student,
        "notebook_id": "gmm-two-ways",
        "assignment_id": "gmm-two-ways",
        "notebook_path": f"autograded/{student}/a.ipynb",
        "index": 0,
        "total": 1,
        "base_url": "",
        "submission_id": "0",
    }
    scores = {"notebook": "a", "score": 1, "max_score": 2, "late_penalty": 0}
    exporter = HTMLExporter(config=config)
    exporter.register_preprocessor(scored, enabled=True)
    return exporter.from_notebook_node(notebook, resources={**about, "nbgrader": scores})[0]


def scored(notebook, resources):
    """What nbgrader's GetGrades adds before it makes feedback."""
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader |= {"score": 1.0, "comment": hostile_markup.MARKDOWN["script"]}
    return notebook, resources


@pytest.fixture(params=["formgrade", "feedback"])
def template(request):
    return request.param


def empty():
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])


# `test_course` shows that both are the same.
@pytest.mark.parametrize(
    "configuration", [CONFIGURATIONS[0], pytest.param(CONFIGURATIONS[1], marks=pytest.mark.slow)]
)
def test_a_hostile_notebook_adds_nothing_active_to_a_page(template, configuration):
    config = shipped(configuration)
    plain = Parts(page(template, empty(), config))
    hostile = Parts(page(template, hostile_markup.notebook(), config))
    assert hostile.found == plain.found and hostile.open_divs == 0
    assert set(hostile.pictures) == {f"data:image/png;base64,{hostile_markup.PNG}"}
    # MathJax makes links of these two commands.
    assert "\\href" not in hostile.text and "\\mmlToken" not in hostile.text


def test_without_the_configuration_the_same_cells_are_active(template):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(text)
        for name, text in hostile_markup.MARKDOWN.items()
        if "attachment" not in name
    ]
    plain, hostile = Parts(page(template, empty())), Parts(page(template, notebook))
    assert len(hostile.found) > len(plain.found) + len(notebook.cells)


def test_a_students_name_stays_text():
    config = shipped(CONFIGURATIONS[0])
    odd, plain = (Parts(page("formgrade", empty(), config, name)) for name in (NAME, "eve"))
    assert str(odd.found).replace(NAME, "eve") == str(plain.found)
    assert NAME in odd.text


@pytest.mark.parametrize("name", [NAME, '";window.ran=1;"', "<img src=x onerror=window.ran=1>", "a\\"])
def test_a_students_name_stays_text_on_the_formgraders_other_pages(name):
    HTMLExporter(config=shipped(CONFIGURATIONS[0]))
    loader = jinja2.FileSystemLoader(handlers.template_path)
    handler = types.SimpleNamespace(settings={"nbgrader_jinja2_env": jinja2.Environment(loader=loader)})

    def scripts(student):
        template = "manage_students_assignments.tpl"
        shown = Parts(handlers.BaseHandler.render(handler, template, student_id=student, base_url=""))
        strings = re.findall(r'student_id = "([^"\\\n]*)";', shown.text)
        return shown.found, [html.unescape(text) for text in strings]

    assert scripts(name) == (scripts("eve")[0], [name])


ANSWER = """## Why

EM **never** lowers it, see `mstep` and [the paper](https://example.org/p?a=1&b=2):

| a | b |
|---|---|
| 1 | $x < y$ |

![a sketch](sketch.png) <b>bold</b> <br> x<sup>2</sup>

```python
def f(x): return x
```
"""


def test_an_honest_answer_reads_as_written(template):
    cell = nbformat.v4.new_markdown_cell(
        ANSWER, metadata={"nbgrader": {"grade_id": "q1", "grade": True, "solution": True, "points": 4.0}}
    )
    code = nbformat.v4.new_code_cell(
        "x < 1", outputs=[nbformat.v4.new_output("stream", text="15 of 15 points: correct\n")]
    )
    shown = page(template, nbformat.v4.new_notebook(cells=[cell, code]), shipped(CONFIGURATIONS[0]))
    for part in (
        "<strong>never</strong>",
        "<h2>Why</h2>",
        "<td>1</td>",
        "<code>mstep</code>",
        "$x &lt; y$",
        "<b>bold</b>",
        "x<sup>2</sup>",
        "the paper (https://example.org/p?a=1&amp;b=2)",
        "[picture not loaded: a sketch, sketch.png]",
        "15 of 15 points: correct",
    ):
        assert part in shown, part
    assert "4.0" in shown and ('id="q1"' in shown or 'name="q1"' in shown)  # where its points are entered
    assert "x < 1" in Parts(shown).text


@pytest.mark.parametrize("name", ("gmm-two-ways", "gflownet-em"))
def test_questions_fold_their_hints_and_show_no_tags(name):
    release = submission.read_release(ROOT / "assignments" / name / f"{name}.ipynb")
    shown = [rendered(title.question, {}) for title in titles.titles_of(release).values()]
    assert not re.findall(r"&lt;/?\w[^;]*&gt;", "".join(shown))
    assert any("<details><summary>Hint" in question for question in shown)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Path of ada's graded notebook, of which only the written answers are kept."""
    graded = nbformat.read(ROOT / "assignments/gmm-two-ways/gmm-two-ways.ipynb", as_version=4)
    graded.cells = [
        cell
        for cell in graded.cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    path = tmp_path_factory.mktemp("graded") / "gmm-two-ways.ipynb"
    nbformat.write(graded, path)
    return path


def page_of_ada(written, template, root):
    """What nbgrader makes of ada's graded notebook: "formgrade" for its reader, "feedback" for her."""
    name = "gmm-two-ways"
    scores = {"notebook": "a", "score": 1, "max_score": 2, "late_penalty": 0}
    about = {
        "assignment_id": name,
        "notebook_id": name,
        "student": "ada",
        "last_name": "",
        "first_name": "",
        "base_url": "",
        "notebook_path": "a.ipynb",
        "index": 0,
        "total": 1,
    }
    about |= {"submission_id": "0"} if template == "formgrade" else {"nbgrader": scores}
    config = shipped(CONFIGURATIONS[0])
    config.CourseDirectory.root = str(root)
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    config.HTMLExporter.extra_template_paths = [BOOTSTRAP]
    made = HTMLExporter(config=config)
    made.register_preprocessor(scored, enabled=True)
    return made.from_filename(str(written), resources=about)[0]


def test_rubrics_are_for_the_reader_alone(written, tmp_path):
    reader, student = (page_of_ada(written, template, ROOT) for template in ("formgrade", "feedback"))
    assert reader.count("For the reader alone") == 2
    assert reader.index('id="expected_density"') < reader.index("1 point: the value, 1/10")
    assert reader.index("1 point: the value, 1/10") < reader.index('id="means_mse"')
    for secret in ("For the reader alone", "Rubric", "1 point: the value"):
        assert secret not in student
    # On a machine without the solutions the page is as before.
    elsewhere = page_of_ada(written, "formgrade", tmp_path)
    assert "For the reader alone" not in elsewhere and 'id="expected_density"' in elsewhere


def test_a_rubric_is_made_harmless_too(written, tmp_path):
    source = nbformat.read(ROOT / "solutions/gmm-two-ways/gmm-two-ways.ipynb", as_version=4)
    for cell in source.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "means_mse":
            cell.source = "\n\n".join(hostile_markup.MARKDOWN.values())
    path = tmp_path / "solutions/gmm-two-ways/gmm-two-ways.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source, path)
    plain, hostile = (Parts(page_of_ada(written, "formgrade", root)) for root in (ROOT, tmp_path))
    assert hostile.found == plain.found
