"""The workflow of a classroom repository and the autograder for Classroom 50 run the visible checks alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_visible import notebook, release, saved  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
CLASSROOM = ROOT / "examples" / "classroom"
WORKFLOW = yaml.safe_load((CLASSROOM / "checks.yml").read_text())
RIGHT = {"double": "def double(x):\n    return 2 * x", "half": "def half(x):\n    return x / 2"}
RUNNER = {
    "CLASSROOM": "c",
    "ASSIGNMENT": "hw",
    "SUBMISSION_TAG": "submit/1",
    "COMMIT_URL": "https://x/1",
    "RELEASE_URL": "https://x/2",
}


def step(name):
    return next(s for job in WORKFLOW["jobs"].values() for s in job["steps"] if s.get("name") == name)


def environment(**more):
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}


def test_the_workflow_may_read_and_nothing_else():
    assert WORKFLOW["permissions"] == {"contents": "read"} and list(WORKFLOW["jobs"]) == ["checks"]
    assert "secret" not in (CLASSROOM / "checks.yml").read_text().lower()
    assert "*.whl" in step("Install")["run"] and "--release" in step("Check")["run"]


@pytest.mark.slow
@pytest.mark.parametrize(("answers", "status"), [(RIGHT, 0), ({"half": RIGHT["half"]}, 1)])
def test_the_workflow_passes_where_all_checks_pass(answers, status, release, tmp_path):  # noqa: F811
    place = tmp_path / "repository"
    (place / ".github" / "checks").mkdir(parents=True)
    shutil.copyfile(release, place / ".github" / "checks" / "hw.ipynb")
    shutil.copyfile(saved(tmp_path, **answers), place / "hw.ipynb")
    summary = tmp_path / "summary.md"
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Check")["run"]]
    done = subprocess.run(command, cwd=place, env=environment(GITHUB_STEP_SUMMARY=str(summary)))
    assert done.returncode == status
    assert f"{len(answers)} of 2 visible checks pass" in summary.read_text()


@pytest.mark.slow
def test_classroom_50_gets_a_point_for_each_check(release, tmp_path):  # noqa: F811
    bundle, checkout = tmp_path / "bundle", tmp_path / "checkout"
    bundle.mkdir()
    checkout.mkdir()
    shutil.copyfile(CLASSROOM / "autograder.py", bundle / "autograder.py")
    shutil.copyfile(release, bundle / "hw.ipynb")
    shutil.copyfile(saved(tmp_path, half=RIGHT["half"]), checkout / "hw.ipynb")
    command = [sys.executable, bundle / "autograder.py"]
    subprocess.run(command, cwd=checkout, env=environment(**RUNNER), check=True)
    told = json.loads((checkout / "result.json").read_text())
    assert (told["schema"], told["score"], told["max-score"]) == ("classroom50/result/v1", 1, 2)
    assert [test["passed"] for test in told["tests"]] == [False, True]
    assert set(told) == {
        "schema",
        "classroom",
        "assignment",
        "submission",
        "commit",
        "release",
        "review",
        "datetime",
        "score",
        "max-score",
        "tests",
    }
    assert "`half`: passes" in (checkout / "release-body.md").read_text()
