"""nbgrader's pages about a hostile submission, as its reader meets them in Chromium (`make test-browser`)."""

import subprocess
import sys
import urllib.parse

import hostile_markup
import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from running_jupyter import jupyter

from autograder.course import directory as courses
from autograder.engine import submission

pytestmark = pytest.mark.browser

ASSIGNMENT = "gmm-two-ways"
ODD_NAME = 'mallory"><img src=x onerror=window.ran=1>";window.ran=1;"'
# nbgrader's pages load MathJax from here.
MATHJAX = "cdnjs.cloudflare.com"


def command(course, *words):
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=course.root,
        env=courses.environment_with_tools(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which eve's written answers are hostile, and her graded notebook has hostile cells, too."""
    made = courses.init(tmp_path_factory.mktemp("hostile") / "course")
    notebook = nbformat.read(made.release(ASSIGNMENT), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and submission.is_answer(cell):
            cell.source = "\n\n".join(hostile_markup.MARKDOWN.values())
    for student in ("eve", ODD_NAME):
        path = made.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    command(made, "autograder", "grade", ASSIGNMENT)
    graded = nbformat.read(made.autograded("eve", ASSIGNMENT), as_version=4)
    graded.cells += hostile_markup.cells()[:-1]  # without the one that nbgrader's database does not know
    nbformat.write(graded, made.autograded("eve", ASSIGNMENT))
    command(made, "nbgrader", "generate_feedback", ASSIGNMENT, "--student", "eve")
    return made


def submission_id(course, student):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        return book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).id


class Watched:
    """A page with a record of what it asked the network for; MathJax's host is out of reach."""

    def __init__(self, page):
        self.page, self.asked = page, []
        page.on("request", lambda request: self.asked.append(request.url))
        page.route(f"https://{MATHJAX}/**", lambda route: route.abort())
        page.route(f"**://{hostile_markup.HOST}/**", lambda route: route.abort())

    def visit(self, address):
        self.page.goto(address, wait_until="load")
        self.page.wait_for_timeout(1000)  # for what begins by itself later
        return self

    def touch_everything(self):
        """Point at and click whatever the notebook's cells offer."""
        cells = self.page.locator("#notebook-container .rendered_html, #notebook-container .output_area")
        for place in range(cells.count()):
            for part in cells.nth(place).locator("a, b, button, input, img, summary, area").all():
                part.dispatch_event("mouseover")
                part.dispatch_event("focus")
                part.dispatch_event("click")
        self.page.wait_for_timeout(1000)
        return self

    @property
    def ran(self):
        return self.page.evaluate("window.ran === 1")

    def hosts(self):
        return {urllib.parse.urlsplit(address).netloc for address in self.asked} - {MATHJAX, ""}


def test_the_formgrader_runs_and_fetches_nothing(course, page, tmp_path):
    with jupyter("jupyterlab", course.root, tmp_path) as address:
        start = urllib.parse.urlsplit(address(""))
        origin = f"{start.scheme}://{start.netloc}"
        watched = Watched(page).visit(f"{origin}/api/status?{start.query}")  # logged in from here on
        watched.asked.clear()
        place = f"{origin}/formgrader/submissions/{submission_id(course, 'eve')}/"
        watched.visit(place)
        assert page.locator("#notebook-container .cell").count() > len(hostile_markup.MARKDOWN)
        page.locator("#expected_density").wait_for()  # where points are entered
        watched.touch_everything()
        assert not watched.ran and page.url == place
        assert watched.hosts() == {start.netloc}
        known = (f"{origin}/formgrader/static/", f"{origin}/formgrader/api/", "data:", f"https://{MATHJAX}/")
        assert [url for url in watched.asked if not url.startswith(known)] == [place]
        assert page.locator("#notebook-container a").count() == 0
        own = f"manage_students/{urllib.parse.quote(ODD_NAME, safe='')}"
        for name in (
            "manage_students",
            own,
            f"{own}/{ASSIGNMENT}",
            "gradebook",
            f"gradebook/{ASSIGNMENT}",
            f"gradebook/{ASSIGNMENT}/{ASSIGNMENT}",
            f"manage_submissions/{ASSIGNMENT}",
            f"submissions/{submission_id(course, ODD_NAME)}/",
        ):
            assert not watched.visit(f"{origin}/formgrader/{name}").ran, name


def test_nbgraders_feedback_runs_and_fetches_nothing(course, page):
    path = course.feedback("eve", ASSIGNMENT)
    watched = Watched(page).visit(path.as_uri()).touch_everything()
    assert not watched.ran and page.url == path.as_uri() and watched.hosts() == set()
    assert page.locator("#notebook-container .cell").count() > len(hostile_markup.MARKDOWN)


def test_without_the_configuration_the_same_answers_run_and_fetch(page, tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell(hostile_markup.MARKDOWN[name])
        for name in ("script", "picture of another host")
    ]
    path = tmp_path / "open.html"
    path.write_text(
        HTMLExporter(template_name="classic").from_notebook_node(nbformat.v4.new_notebook(cells=cells))[0]
    )
    watched = Watched(page).visit(path.as_uri())
    assert watched.ran and watched.hosts() == {hostile_markup.HOST}
