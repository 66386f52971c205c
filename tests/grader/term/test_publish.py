"""What is published is the releases and nothing else."""

import json
import os
import shutil
import subprocess
import zipfile
from urllib.parse import parse_qs, urlsplit

import made
import nbformat
import pytest
from command_line import output

from autograder import tasks
from autograder.course.directory import CourseError
from autograder.course.term import commands, publish
from autograder.engine import submission

A = made.ASSIGNMENT
IDENTITY = {
    # Not what the user set: signatures, hooks, templates.
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "x",
    "GIT_AUTHOR_EMAIL": "x@example.edu",
    "GIT_COMMITTER_NAME": "x",
    "GIT_COMMITTER_EMAIL": "x@example.edu",
}


@pytest.fixture
def whole(course, monkeypatch):
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    shutil.copytree(
        tasks.shipped("solutions"), course.root / "solutions", ignore=shutil.ignore_patterns("*.py")
    )
    (course.root / "course.toml").write_text(f'[assignments.{A}]\ntitle = "Two ways"\n')
    return course


def git(place, *words):
    return subprocess.run(["git", *words], cwd=place, check=True, capture_output=True, text=True).stdout


def publish_to(course, to, *more):
    import typer

    app = typer.Typer()
    app.command()(commands.publish)
    app.command()(commands.roster)
    return output("publish", "--course", course.root, "--to", to, *more, app=app)


def test_a_bare_repository_gets_the_releases_alone_and_one_commit_a_change(whole, tmp_path):
    bare = tmp_path / "public.git"
    git(tmp_path, "init", "-q", "--bare", str(bare))
    publish_to(whole, bare, "--github", "owner/name")
    assert set(git(bare, "ls-tree", "-r", "--name-only", "main").split()) == {
        "README.md",
        f"{A}/{A}.ipynb",
        "gflownet-em/gflownet-em.ipynb",
    }
    assert "already" in publish_to(whole, bare, "--github", "owner/name")
    assert git(bare, "rev-list", "--count", "main").strip() == "1"
    extra = whole.release(A).parent / "data.csv"
    extra.write_text("x\n1\n")
    publish_to(whole, bare, "--github", "owner/name")
    assert git(bare, "rev-list", "--count", "main").strip() == "2"
    extra.unlink()
    publish_to(whole, bare, "--github", "owner/name")
    assert "data.csv" not in git(bare, "ls-tree", "-r", "--name-only", "main")
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", "-b", "main", str(bare), str(other))
    (other / "LICENSE").write_text("Free.")
    (other / "hw0").mkdir()
    (other / "hw0" / "hw0.ipynb").write_text("{}")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "By hand")
    git(other, "push", "-q", "origin", "main")
    publish_to(whole, bare, "--github", "owner/name")
    there = git(bare, "ls-tree", "-r", "--name-only", "main").split()
    assert "LICENSE" in there and "hw0/hw0.ipynb" not in there
    assert "BEGIN SOLUTION" not in git(bare, "show", f"main:{A}/{A}.ipynb")


def test_links_lead_to_the_notebook(whole, tmp_path):
    links = publish.Links("owner/name", "https://hub.example.edu/")
    found = publish.files(whole, links, {A: "Two ways"})
    text = found["README.md"].decode()
    assert f"[Two ways]({A}/{A}.ipynb)" in text
    assert f"https://colab.research.google.com/github/owner/name/blob/main/{A}/{A}.ipynb" in text
    about = parse_qs(urlsplit(links.pull(f"{A}/{A}.ipynb")).query)
    assert about == {
        "repo": ["https://github.com/owner/name"],
        "branch": ["main"],
        "urlpath": [f"lab/tree/name/{A}/{A}.ipynb"],
    }


def test_a_badge_leaves_the_assignment_as_it_is(whole, tmp_path, release):
    links = publish.Links("owner/name")
    content = publish.files(whole, links, {})[f"{A}/{A}.ipynb"]
    (tmp_path / "published.ipynb").write_bytes(content)
    notebook = submission.read_release(tmp_path / "published.ipynb")
    assert links.colab(f"{A}/{A}.ipynb") in notebook.cells[0].source
    assert [dict(cell) for cell in notebook.cells[1:]] == [dict(cell) for cell in release.cells]
    read = submission.read(tmp_path / "published.ipynb", release)
    assert read.flags == () and len(read.untouched) == len(read.answers)
    assert publish.with_badge(content, "again") == content


@pytest.mark.parametrize("where", ["marker", "answer", "written answer", "secret", "output", "file"])
def test_nothing_is_published_where_a_solution_shows(whole, tmp_path, where):
    path = whole.release(A)
    notebook, source = (nbformat.read(p, as_version=4) for p in (path, whole.source(A)))
    solved = {submission.grade_id(cell): cell.source for cell in source.cells}
    inner = publish.SOLUTION.findall(solved["mstep"])[0]
    if where == "marker":
        notebook.cells[3].source += "\n### BEGIN SOLUTION"
    elif where == "answer":
        notebook.cells.append(nbformat.v4.new_code_cell("def mine():\n" + inner))
    elif where == "written answer":
        notebook.cells.append(nbformat.v4.new_markdown_cell(solved["means_mse"]))
    elif where == "secret":
        notebook.metadata["note"] = whole.secret()
    elif where == "output":
        cell = nbformat.v4.new_code_cell("print()")
        cell.outputs = [nbformat.v4.new_output("stream", text="### BEGIN HIDDEN TESTS")]
        notebook.cells.append(cell)
    else:
        (path.parent / "helper.py").write_text(inner)
    nbformat.write(notebook, path)
    with pytest.raises(CourseError, match="Nothing was published"):
        publish_to(whole, tmp_path / "public")
    assert not (tmp_path / "public").exists()


def test_a_folder_gets_the_same_files(whole, tmp_path):
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    assert "mine.txt" in publish_to(whole, folder)
    assert (folder / A / f"{A}.ipynb").read_bytes() == whole.release(A).read_bytes()


@pytest.mark.parametrize("folder", ("assignments", "assignments/public", "."))
def test_the_courses_own_folders_are_refused(whole, folder):
    before = whole.release(A).read_bytes()
    with pytest.raises(CourseError, match="belongs to the course itself"):
        publish_to(whole, whole.root / folder, "--github", "owner/name")
    assert whole.release(A).read_bytes() == before and not (whole.root / "README.md").exists()


@pytest.mark.parametrize(
    "to, github",
    [
        ("git@github.com:owner/name.git", "owner/name"),
        ("https://github.com/owner/na.me", "owner/na.me"),
        ("https://gitlab.com/owner/name.git", None),
        ("github-teaching:owner/name.git", None),
    ],
)
def test_addresses_of_repositories(to, github):
    assert publish.is_repository(to) and publish.github_of(to) == github


def test_folders_are_no_repositories(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "week:1").mkdir()
    for to in ("public", "../public", "C:\\public", "./week:2", "week:1"):
        assert not publish.is_repository(to), to


@pytest.mark.parametrize("minor", [0, 4, 5])
def test_a_badge_leaves_every_format_valid(minor):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Hello.")])
    notebook.nbformat_minor = minor
    if minor < 5:
        del notebook.cells[0]["id"]
    content = publish.with_badge(nbformat.writes(notebook).encode(), "https://example.edu")
    assert len(json.loads(content)["cells"]) == 2
    nbformat.validate(json.loads(content))


def test_assignments_may_be_a_repository_of_their_own(whole, tmp_path):
    bare = tmp_path / "public.git"
    git(tmp_path, "init", "-q", "--bare", str(bare))
    (whole.root / "assignments" / ".git").write_text("gitdir: ../.git/modules/assignments\n")
    publish_to(whole, bare)
    assert set(publish.files(whole, publish.Links(), {})) == {
        "README.md",
        f"{A}/{A}.ipynb",
        "gflownet-em/gflownet-em.ipynb",
    }


def test_a_solution_in_an_output_is_found(whole):
    (source,) = [
        c for c in nbformat.read(whole.source(A), as_version=4).cells if submission.grade_id(c) == "mstep"
    ]
    cell = nbformat.v4.new_code_cell("mstep??")
    cell.outputs = [nbformat.v4.new_output("stream", text=publish.SOLUTION.findall(source.source)[0])]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), whole.release(A).parent / "demo.ipynb")
    with pytest.raises(CourseError, match="demo.ipynb holds an answer"):
        publish.files(whole, publish.Links(), {})


def test_the_secret_in_a_zip_is_found(whole):
    with zipfile.ZipFile(whole.release(A).parent / "autograder.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("secret", whole.secret())
    with pytest.raises(CourseError, match="autograder.zip/secret holds the course's secret"):
        publish.files(whole, publish.Links(), {})
