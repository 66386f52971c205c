"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys

import pages
import pytest

GUIDE = pages.ROOT / "CONTRIBUTING.md"
SECTIONS = re.split(r"^### ", GUIDE.read_text(), flags=re.MULTILINE)[1:]
RECIPES = {section.splitlines()[0]: section for section in SECTIONS}


def blocks_of(section):
    found = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return [pages.Block(*part) for part in found]


def files_of(section):
    (line,) = re.findall(r"^Files: (.*?)\.\n", section, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"`([^`]+)`", line))


def halves(diff):
    """What a diff expects, and what stands there afterwards."""
    lines = [(line[:1], line[1:]) for line in diff.splitlines()]
    return ("\n".join(text for mark, text in lines if mark != other) for other in "+-")


def applied(diff, text):
    old, new = halves(diff)
    assert text.count(old) == 1, f"expected once, found {text.count(old)} times:\n{old}"
    return text.replace(old, new)


@pytest.fixture
def clone(tmp_path):
    """A copy of what git has of the working tree, with this environment."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=pages.ROOT, capture_output=True, text=True, check=True
    )
    for name in names.stdout.split("\0")[:-1]:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pages.ROOT / name, target)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def state(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".venv", "__pycache__", ".pytest_cache"} & {*path.parts}
    }


@pytest.mark.parametrize("name", RECIPES)
def test_every_diff_fits_the_file_that_it_names(name):
    for block in blocks_of(RECIPES[name]):
        if block.language == "diff":
            assert block.about in files_of(RECIPES[name])
            if not block.about.startswith("course/"):  # which the recipe's commands make
                old, new = halves(block.text)
                assert old != new and (pages.ROOT / block.about).read_text().count(old) == 1, old


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_works_and_touches_only_its_files(clone, name):
    files, before, changed, here = files_of(RECIPES[name]), state(clone), set(), clone
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    for block in blocks_of(RECIPES[name]):
        if block.language == "diff":
            path = clone / block.about
            path.write_text(applied(block.text, path.read_text()))
            changed.add(block.about)
        for line in block.text.splitlines() if block.language == "console" else ():
            command = line.removeprefix("$ ")
            if command.startswith("cd "):
                here = here / command.removeprefix("cd ")
                continue
            done = subprocess.run(
                command, shell=True, cwd=here, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            assert "no tests ran" not in done.stdout
    assert changed == files
    after = state(clone)
    assert {path for path in before if after.get(path) != before[path]} == files & {*before}
