"""The public workflow and the hooks run what is here."""

import configparser
import re
import shlex
from pathlib import Path

import pages
import yaml


def test_public_ci_runs_ci_run_on_the_oldest_and_the_newest_python():
    (job,) = yaml.safe_load((pages.ROOT / ".github/workflows/ci.yml").read_text())["jobs"].values()
    setup = configparser.ConfigParser()
    setup.read(pages.ROOT / "setup.cfg")
    known = re.findall(r"Python :: (3\.\d+)", setup["metadata"]["classifiers"])
    assert job["strategy"]["matrix"]["python"] == [known[0], known[-1]]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert ".ci/run" in commands and (pages.ROOT / ".ci/run").stat().st_mode & 0o111
    targets = [target for command in commands for target in re.findall(r"make (\S+)", command)]
    assert all(re.search(rf"^{target}:", (pages.ROOT / "Makefile").read_text(), re.M) for target in targets)


def test_help_lists_all_commands():
    makefile = (pages.ROOT / "Makefile").read_text()
    targets = {*re.findall(r"^([a-z][\w-]*):", makefile, re.M)} - {"help", "formatted"}
    assert targets == {*re.findall(r'@echo "make ([\w-]+)', makefile)}


def test_an_environment_that_was_not_finished_is_made_again():
    made = re.findall(r"^\t(.*-m venv.*)$", (pages.ROOT / "Makefile").read_text(), re.M)
    assert len(made) == 3 and all("-m pip --version" in line for line in made)
    assert "python3-venv" in (pages.ROOT / "README.md").read_text()


def test_what_needs_a_browser_is_marked_and_run_by_its_command():
    (places,) = re.findall(r"^\t.*pytest (.*) -m browser$", (pages.ROOT / "Makefile").read_text(), re.M)
    run = [pages.ROOT / place for place in places.split()]
    for path in {*(pages.ROOT / "tests").rglob("test_*.py")} - {Path(__file__)}:
        text = path.read_text()
        if re.search(r"chromium|playwright|mark\.browser", text):
            assert "mark.browser" in text and any(map(path.is_relative_to, run)), path


def test_hooks_cover_the_code_that_the_makefile_checks():
    (repository,) = yaml.safe_load((pages.ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    makefile = (pages.ROOT / "Makefile").read_text()
    (code,) = re.findall(r"^PYTHON_CODE := (.*)$", makefile, re.M)
    for name in ("ruff", "ruff-format"):
        assert all(re.match(hooks[name]["files"], f"{path}/x.py") for path in code.split())
    assert all(shlex.split(hook["entry"])[0].startswith(".venv/bin/") for hook in hooks.values())
