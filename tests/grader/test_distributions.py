"""What each distribution holds, and what it must not; where the solutions come from."""

import io
import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from command_line import invoked

import autograder
import gmm_tf
from autograder import CannotCheck, command, tasks
from autograder.course import directory, solutions
from autograder.course.term import publish

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "distributions"))
import build  # noqa: E402

ABOUT = build.parsed(build.HERE / "about.cfg")["about"]
STUDENTS = ("gmm-tf-check",)


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    """{distribution: {path: text or bytes of what its wheel will hold}}."""
    found = {}
    for name in build.NAMES:
        tree = tmp_path_factory.mktemp(name)
        build.lay_out(name, tree, ABOUT)
        found[name] = {path: tree / path for path in packed(tree)}
    return found


def packed(tree):
    """Paths of a tree that its setup.cfg packs."""
    made = build.parsed(tree / "setup.cfg")
    places = dict(pair.split(" = ") for pair in made["options"].get("package_dir", "").splitlines() if pair)
    for package in re.split(r"[,\s]+", made["options"]["packages"].strip()):
        folder = Path(places.get(package, package.replace(".", "/")))
        patterns = ["*.py", *made["options.package_data"].get(package, "").split(",")]
        for pattern in filter(None, map(str.strip, patterns)):
            yield from (path.relative_to(tree) for path in (tree / folder).glob(pattern))


def test_each_file_of_the_packages_is_in_one_distribution(laid_out):
    kept = [path for name in build.NAMES for path in laid_out[name]]
    assert len(kept) == len(set(kept))
    for package in ("gmm_tf", "autograder", "assignments"):
        files = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*") if path.is_file()}
        assert files - {path for path in files if {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}} <= {
            *kept
        }


def test_no_distribution_holds_a_solution(laid_out):
    answers = set(publish._answers(directory.Course(ROOT)))
    assert len(answers) > 10
    for name, files in laid_out.items():
        for path, file in files.items():
            text = publish._text(file.name, file.read_bytes())
            if path.suffix != ".py":
                assert not [mark for mark in publish.MARKS if mark in text], (name, path)
            if path.name != "stand_ins.py":  # the judge's own functions, which the next test is about
                plain = publish._plain(text)
                shown = [answer for answer in answers if answer in plain]
                assert not shown, (name, path, shown)


def test_students_get_no_function_that_knows_a_right_answer(laid_out):
    for name in STUDENTS:
        rooms = {path.parts[1:3] for path in laid_out[name] if path.parts[:2] == ("autograder", "tasks")}
        assert rooms == {("tasks", "__init__.py")}
        assert not [path for path in laid_out[name] if path.stem in ("oracle", "stand_ins", "probes")]


def test_the_checkout_as_one_project_packs_no_solution_either():
    text = (ROOT / "setup.cfg").read_text()
    assert "solutions" not in text


def test_a_fork_sets_who_publishes_and_where_links_lead(tmp_path):
    about = build.parsed(build.HERE / "about.cfg")["about"]
    about["repository"], about["author"] = "https://example.edu/course", "A Course"
    made = build.configured("gmm-tf", about)["metadata"]
    assert made["author"] == "A Course" and made["project_urls"] == "Source = https://example.edu/course"
    assert "project_urls" not in build.configured("gmm-tf", ABOUT)["metadata"]
    text = "[one](docs/a.md), [two](https://x.org/b), [three](#c)"
    assert build.described(text, "https://example.edu/course/") == (
        "[one](https://example.edu/course/blob/HEAD/docs/a.md), [two](https://x.org/b), [three](#c)"
    )
    assert build.described(text, "") == "one, [two](https://x.org/b), [three](#c)"


def test_all_say_the_same_version():
    said = invoked("--version")
    assert said.stdout.split() == ["autograder", gmm_tf.__version__] and said.exit_code == 0
    assert autograder.__version__ == gmm_tf.__version__ == build.version()


# --- where `init` takes the solutions from


def archive(path, kind):
    """A source archive, as a hosting site makes it, of this checkout's solutions."""
    content = {f"gmm_tf-main/solutions/{n}/{n}.ipynb": solved(n) for n in tasks.ASSIGNMENTS}
    content |= {"gmm_tf-main/README.md": b"", "gmm_tf-main/solutions/x/y.ipynb": b"no"}
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, data in content.items():
                file.writestr(name, data)
        return path
    with tarfile.open(path, "w:gz") as file:
        for name, data in content.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            file.addfile(about, io.BytesIO(data))
    return path


def solved(name):
    return (ROOT / "solutions" / name / f"{name}.ipynb").read_bytes()


@pytest.mark.parametrize("kind", ["checkout", "folder", "zip", "tar"])
def test_solutions_come_from_a_checkout_or_an_archive(kind, tmp_path):
    origin = {"checkout": None, "folder": ROOT}.get(kind, tmp_path / "source")
    if kind in ("zip", "tar"):
        archive(origin, kind)
    course = directory.init(tmp_path / "course", origin=origin)
    for name in tasks.ASSIGNMENTS:
        assert course.source(name).read_bytes() == solved(name)
        assert course.release(name).read_bytes() == tasks.release_of(name).read_bytes()


def test_without_a_checkout_init_says_where_solutions_come_from(tmp_path, monkeypatch):
    monkeypatch.setattr(solutions, "CHECKOUT", tmp_path / "site-packages")
    with pytest.raises(directory.CourseError, match="--from DIR_OR_ARCHIVE"):
        directory.init(tmp_path / "course")
    assert not (tmp_path / "course").exists()
    assert directory.init(tmp_path / "course", empty=True).root.is_dir()


@pytest.mark.parametrize(("content", "words"), [(b"neither", "a zip or a tar"), (None, "found none")])
def test_what_holds_no_solutions_is_refused(content, words, tmp_path):
    origin = tmp_path / "origin"
    if content is None:
        origin.mkdir()
    else:
        origin.write_bytes(content)
    with pytest.raises(directory.CourseError, match=words):
        directory.init(tmp_path / "course", origin=origin)


# --- beside the unrelated package of the same import name


def test_the_unrelated_package_is_named(tmp_path, monkeypatch):
    assert command.another_autograder() is None
    about = tmp_path / "autograder-3.7.7.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: autograder\nVersion: 3.7.7\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SystemExit, match="unrelated package autograder 3.7.7"):
        command.main()
    with pytest.raises(CannotCheck, match="pip uninstall autograder"):
        autograder.check("notebook.ipynb")


# --- the wheels themselves


@pytest.mark.slow
def test_each_wheel_alone_does_what_its_page_promises(tmp_path):
    """Offline: other packages are borrowed from this environment. `make try-wheels` installs real ones."""
    build_command = [sys.executable, ROOT / "distributions" / "build.py", "--no-build-isolation", "--out"]
    subprocess.run([*build_command, tmp_path], check=True)
    for wheel in tmp_path.glob("*.whl"):
        names = zipfile.ZipFile(wheel).namelist()
        assert not [name for name in names if "solutions/" in name or "tests/" in name]
    trial = [sys.executable, ROOT / "distributions" / "trial.py", tmp_path]
    done = subprocess.run([*trial, "--borrow", sysconfig.get_path("purelib")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + json.dumps(done.stdout)
    assert done.stdout.count("as promised") == len(build.NAMES)
