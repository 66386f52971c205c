"""Pin by hash what containers install, at the versions of `constraints/dev.txt`.

Usage: lock.py python3.11 python3.12 python3.13

pip resolves for each interpreter; a version that several of them need has the hashes of all their wheels.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import build

ROOT = build.ROOT
GRADESCOPE = ROOT / "autograder/course/gradescope/files/requirements.txt"
HEAD = "# {}, on Linux (x86-64), by hash; made from constraints/dev.txt by distributions/lock.py.\n"
# What the judges need, and what submissions import on Colab.
JUDGE = (
    "tensorflow",
    "keras",
    "tensorflow-probability[tf]",
    "numpy",
    "scipy",
    "nbformat",
    "ipython",
    "jinja2",
    "matplotlib",
    "pandas",
    "scikit-learn",
    "seaborn",
    "tqdm",
)
# What a student's server has.
HUB = (*JUDGE, "jupyterlab", "jupyterhub")


def grader() -> tuple[str, ...]:
    """What the checkout needs to grade, without itself."""
    config = build.parsed(ROOT / "setup.cfg")
    texts = (config["options"]["install_requires"], config["options.extras_require"]["grading"])
    return tuple(
        line for text in texts for line in text.splitlines() if line.strip() and not line.startswith("#")
    )


def targets() -> dict[Path, tuple[str, tuple[str, ...]]]:
    """{file: (what it is, what it pins)}."""
    return {
        GRADESCOPE: ("What the judge needs on Gradescope", JUDGE),
        ROOT / "containers/grader.txt": ("What the grader's container needs", grader()),
        ROOT / "containers/hub.txt": ("What a student's server needs", HUB),
    }


def resolved(python: str, wanted: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(name, version, sha256) of all wheels that an interpreter would install."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--dry-run",
            "--ignore-installed",
            "--only-binary=:all:",
            "--report",
            report,
            "-c",
            ROOT / "constraints" / "dev.txt",
            *wanted,
        ]
        subprocess.run(command, check=True)
        items = json.loads(report.read_text())["install"]
    return [
        (
            item["metadata"]["name"],
            item["metadata"]["version"],
            item["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for item in items
    ]


def written(title: str, pins: dict[tuple[str, str], set[str]]) -> str:
    """The text of a requirements file.

    Args:
        pins: {(name, version): sha256 of its wheels}.
    """
    lines = []
    for (name, version), hashes in sorted(pins.items(), key=lambda pin: pin[0][0].lower()):
        pinned = [f"{name}=={version}", *(f"--hash=sha256:{digest}" for digest in sorted(hashes))]
        lines.append(" \\\n    ".join(pinned))
    return HEAD.format(title) + "\n".join(lines) + "\n"


def main() -> None:
    for target, (title, wanted) in targets().items():
        pins: dict[tuple[str, str], set[str]] = {}
        for python in sys.argv[1:]:
            for name, version, digest in resolved(python, wanted):
                pins.setdefault((name, version), set()).add(digest)
        target.write_text(written(title, pins), encoding="utf-8")
        print(f"{len(pins)} packages for {len(sys.argv) - 1} interpreters: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
