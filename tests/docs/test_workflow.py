"""The public workflow and the hooks run what is here."""

import configparser
import re
import shlex

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


def test_hooks_cover_the_code_that_the_makefile_checks():
    (repository,) = yaml.safe_load((pages.ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    makefile = (pages.ROOT / "Makefile").read_text()
    (code,) = re.findall(r"^PYTHON_CODE := (.*)$", makefile, re.M)
    for name in ("ruff", "ruff-format"):
        assert all(re.match(hooks[name]["files"], f"{path}/x.py") for path in code.split())
    assert all(shlex.split(hook["entry"])[0].startswith(".venv/bin/") for hook in hooks.values())
