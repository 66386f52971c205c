"""The notebook as a student meets it in a browser, in JupyterLab and in Notebook 7 (`make test-browser`)."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from notebook_page import NotebookPage
from running_jupyter import jupyter

from autograder import tasks
from autograder.engine import submission

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]


class Attempt(NamedTuple):
    """A student's first minutes: a picture of the data, then a wrong answer to the second task."""

    figure: str  # the beginning of the words for the picture of the data
    wrong: str  # the body of a function
    said: str


ATTEMPTS = {
    "gmm-two-ways": Attempt(
        figure="Histogram of the training data",
        wrong="""x, means = tf.cast(x, tf.float32), tf.reshape(means, [1, -1])
    weights, sigmas = tf.nn.softmax(tf.reshape(logits, [1, -1])), tf.exp(tf.reshape(lsigmas, [1, -1]))
    densities = tf.exp(-0.5 * ((x - means) / sigmas) ** 2) / (sigmas * np.sqrt(2 * np.pi))
    return tf.reduce_sum(weights * densities, axis=1, keepdims=True)""",
        said="At 0, N(0, 1) gave 0.399: that is the density. Return its logarithm.",
    ),
    "gflownet-em": Attempt(
        figure="Two thousand points in sixteen round heaps",
        wrong="return np.asarray(means)[:, None] - OFFSETS",
        said="Leaf j of each supercluster should lie at its mean plus OFFSETS[j].",
    ),
}


def cell_id(task):
    return task.id.replace("_", "-")


def body(source):
    """What stands below the docstring: the lines that a student writes in place of the TODO."""
    return source.rpartition('"""')[2].strip()


@pytest.fixture
def opened(application, assignment, page, pictures, tmp_path):
    """The function from a notebook's text to its page in a running server."""
    folder, home = tmp_path / "course", tmp_path / "home"
    file = f"{assignment}/{assignment}.ipynb"
    (folder / assignment).mkdir(parents=True)
    home.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    with jupyter(application, folder, home) as address:

        def open_notebook(notebook):
            nbformat.write(notebook, folder / file)
            return NotebookPage(page, folder / file, address(file), pictures)

        yield open_notebook


def with_answers(release, answers):
    solved = nbformat.from_dict(release)
    for cell in solved.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
    return solved


def test_a_student_types_runs_and_reads(opened, assignment, release, answers):
    attempt, rules = ATTEMPTS[assignment], tasks.load(assignment)
    (first, second, third), names = map(cell_id, rules.tasks[:3]), [task.name for task in rules.tasks[:3]]
    notebook = opened(release)
    notebook.type_answer(first, body(answers[first]))
    notebook.run_all()
    notebook.says(f"test-{first}", f"{names[0]}: all checks passed.")
    figure = notebook.output("given-plot-data").locator(f"img[alt^='{attempt.figure}']")
    notebook.expect(figure).to_be_visible()
    assert figure.evaluate("image => image.complete && image.naturalWidth > 300")
    notebook.says(f"test-{second}", f"Not yet: {names[1]} is still to do: replace its TODO.")
    notebook.picture("figure", figure)

    notebook.type_answer(second, attempt.wrong)
    notebook.run_all()
    wrong = f"Not yet: {attempt.said}"
    notebook.says(f"test-{second}", wrong)
    alone = notebook.output(f"test-{second}")
    notebook.expect(alone).to_have_text(wrong)
    notebook.picture("wrong-answer", alone)

    notebook.retype(second, answers[second])
    notebook.run_all()
    notebook.says(f"test-{second}", f"{names[1]}: all checks passed.")
    notebook.says(f"test-{third}", f"Not yet: {names[2]} is still to do: replace its TODO.")

    saved = {cell.id: cell for cell in notebook.save().cells}
    for typed in (first, second):
        assert saved[typed].source == answers[typed]
    assert "image/png" in saved["given-plot-data"].outputs[0].data


@pytest.mark.parametrize("assignment", ["gmm-two-ways"])  # the one with a density to draw
def test_check_in_the_notebook_says_points_and_shows_the_mistake(opened, page, pictures, release, answers):
    without_weights = answers["mixture-likelihood"].replace("tf.nn.log_softmax(logits) + ", "")
    assert without_weights != answers["mixture-likelihood"]
    attempt = {"make-data": answers["make-data"], "mixture-likelihood": without_weights}
    notebook = opened(with_answers(release, attempt))
    notebook.run_all()
    notebook.says("test-mixture-likelihood", "Not yet: The mixing weights are missing from the sum")
    outputs = notebook.run_below("from autograder import check; check()")
    result = outputs.and_(page.locator(".jp-RenderedHTML"))
    automatic = sum(submission.points(cell) or 0 for cell in release.cells if cell.cell_type == "code")
    points = f"of {automatic} automatic points so far; next: mixture_likelihood"
    notebook.expect(result).to_contain_text(points)
    notebook.expect(result.locator("figure img")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1400})  # all of it
    result.screenshot(path=pictures / "check.png")

    notebook.retype("mixture-likelihood", answers["mixture-likelihood"])
    notebook.save()
    result = notebook.run_last().and_(page.locator(".jp-RenderedHTML"))
    notebook.expect(result).to_contain_text("mixture_likelihood: the saved notebook, which is what you hand")
    notebook.expect(result).to_contain_text(points)


# The cells of a moving figure that needs no task.
FIGURE = (
    "text-01",
    "given-imports",
    "given-checks",
    "given-tasks",
    "given-figures",
    "guess-faithful",
    "given-faithful",
    "given-faithful-film",
    "text-stretch",
)


@pytest.mark.parametrize("assignment", ["gmm-two-ways"])
def test_a_guess_is_answered_and_a_figure_moves_by_keyboard(opened, page, release):
    few = nbformat.from_dict(release)
    few.cells = [cell for cell in few.cells if cell.id in FIGURE]
    notebook = opened(few)
    notebook.picture("first-screen")
    notebook.retype("guess-faithful", "guess_rest = 10")
    notebook.run_all()
    notebook.says("given-faithful-film", "You guessed 10, and it is 25: off by 15.")
    figure = notebook.output("given-faithful-film").locator("figure")
    notebook.picture("moving", figure)
    slider = figure.get_by_role("slider")
    slider.click(position={"x": 1, "y": 8})
    # The letters are Jupyter's shortcuts.
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowUp", "j", "a", "d"):
        page.keyboard.press(key)
    notebook.expect(slider).to_have_attribute("aria-valuetext", re.compile("EM step 3:"))
    picture = figure.locator("img")
    notebook.expect(picture).to_have_attribute("alt", re.compile("EM with two ellipses.*EM step 3:"))
    figure.get_by_role("button", name="Step").press("Enter")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    notebook.expect(slider).to_have_attribute("aria-valuetext", re.compile("EM step 2:"))
    notebook.expect(notebook.cells).to_have_count(len(FIGURE))
    hint = notebook.cell("text-stretch").locator("details").first
    notebook.expect(hint).not_to_have_attribute("open", "")
    hint.locator("summary").click()
    notebook.expect(hint.locator("p").first).to_be_visible()
    page.set_viewport_size({"width": 420, "height": 900})
    notebook.picture("hint-on-a-phone", hint)
    notebook.picture("moving-on-a-phone", figure)


def test_validate_says_what_fails_in_an_unsolved_notebook(opened, assignment, release):
    notebook = opened(release)
    dialog = notebook.validate()
    notebook.picture("validate-unsolved")
    graded = [cell for cell in release.cells if submission.points(cell)]
    written = [cell for cell in graded if cell.cell_type == "markdown"]
    said = dialog.inner_text()
    assert said.count("The following cell failed:") == len(graded)
    assert said.count("You did not provide a response.") == len(written)
    for task in tasks.load(assignment).tasks[:3]:
        assert f"Not yet: {task.name} is still to do: replace its TODO." in said


def test_validate_passes_a_solved_notebook(opened, release, answers):
    notebook = opened(with_answers(release, answers))
    dialog = notebook.validate()
    notebook.picture("validate-solved")
    notebook.expect(dialog).to_contain_text("Success! Your notebook passes all the tests.")
