"""CLASSROOM/autograders/ASSIGNMENT/autograder.py of Classroom 50: the visible checks, one point each.

Beside it lie the released notebook and the wheel gmm_tf_check-VERSION-py3-none-any.whl. It runs in the
student's checkout and writes result.json as Classroom 50 wants it (classroom50/result/v1). Hidden checks stay
with the instructor: whatever this repository's runs can read, its owner can read.
"""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUN = "from autograder.command import main; main()"
RAN = (0, 4)  # all checks pass, some do not


def checked(release: Path) -> dict[str, dict]:
    """{task: whether its check passes, and the words} of the notebook in this checkout."""
    command = [sys.executable, "-c", RUN, "check", release.name, "--release", str(release), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in RAN:
        sys.exit(f"The checks did not run (status {done.returncode}).")
    return json.loads(done.stdout)["visible"]


def result(checks: dict[str, dict]) -> dict:
    """result.json; the runner of Classroom 50 gives what is in the environment."""
    tests = [
        {"test-name": name, "passed": one["passes"], "score": int(one["passes"]), "max-score": 1}
        for name, one in checks.items()
    ]
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "schema": "classroom50/result/v1",
        "classroom": os.environ["CLASSROOM"],
        "assignment": os.environ["ASSIGNMENT"],
        "submission": os.environ["SUBMISSION_TAG"],
        "commit": os.environ["COMMIT_URL"],
        "release": os.environ["RELEASE_URL"],
        "review": os.environ.get("REVIEW_URL") or os.environ["COMMIT_URL"],
        "datetime": now,
        "score": sum(test["score"] for test in tests),
        "max-score": len(tests),
        "tests": tests,
    }


def body(checks: dict[str, dict]) -> str:
    """release-body.md: what is not right yet."""
    lines = [f"- `{name}`: {one['words'] or 'passes'}" for name, one in checks.items()]
    return "\n".join(["### Visible checks (no grade)", "", *lines, ""])


def main() -> None:
    wheels = [str(path) for path in HERE.glob("gmm_tf_check-*.whl")]
    if wheels:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *wheels], check=True)
    checks = checked(next(HERE.glob("*.ipynb")))
    Path("result.json").write_text(json.dumps(result(checks), indent=1), encoding="utf-8")
    Path("release-body.md").write_text(body(checks), encoding="utf-8")


if __name__ == "__main__":
    main()
