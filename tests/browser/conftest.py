"""A browser, a server and the course's notebooks in a folder of their own."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest

from autograder import tasks
from autograder.engine import submission

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium asks its makers' servers for updates and experiments at every start otherwise.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The solved notebook runs for minutes, and a machine may be busy.
MILLISECONDS = 600_000


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, the system's own."""
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        pytest.fail("Expected Playwright, found none: pip install -c constraints/dev.txt -e '.[browser]'.")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail(
            "Expected Chromium on PATH, found none. Install Debian's chromium (apt install chromium), or set "
            "CHROMIUM to the path of a Chromium or Chrome."
        )
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=["jupyterlab", "notebook"])
def application(request):
    return request.param


@pytest.fixture(params=tasks.ASSIGNMENTS)
def assignment(request):
    return request.param


@pytest.fixture
def pictures(application, assignment):
    folder = ROOT / "build" / "browser" / application / assignment
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def release(assignment):
    return submission.read_release(ROOT / "assignments" / assignment / f"{assignment}.ipynb")


@pytest.fixture
def answers(assignment):
    """The reference's answer to each task, without nbgrader's marks; keys are ids of cells."""
    solved = nbformat.read(ROOT / "solutions" / assignment / f"{assignment}.ipynb", as_version=4)
    return {
        cell.id: "\n".join(line for line in cell.source.splitlines() if " SOLUTION" not in line)
        for cell in solved.cells
        if submission.is_answer(cell)
    }


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(MILLISECONDS)
    yield context.new_page()
    context.close()
