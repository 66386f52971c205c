"""Pin what a Gradescope container installs, by hash, at the versions of `constraints/dev.txt`.

Usage: lock.py python3.11 python3.12 python3.13

pip resolves for each interpreter; a version that several of them need has the hashes of all their wheels.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "autograder" / "course" / "gradescope" / "files" / "requirements.txt"
HEAD = "# What grading needs on Linux (x86-64), by hash; made from constraints/dev.txt by lock.py.\n"
# What the judges need, and what submissions import on Colab.
WANTED = (
    "tensorflow", "keras", "tensorflow-probability[tf]", "numpy", "scipy", "nbformat", "ipython", "jinja2",
    "matplotlib", "pandas", "scikit-learn", "seaborn", "tqdm",
)  # fmt: skip


def resolved(python: str) -> list[tuple[str, str, str]]:
    """(name, version, sha256) of all wheels that an interpreter would install."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
                   "--ignore-installed", "--only-binary=:all:", "--report", report,
                   "-c", ROOT / "constraints" / "dev.txt", *WANTED]  # fmt: skip
        subprocess.run(command, check=True)
        items = json.loads(report.read_text())["install"]
    return [
        (item["metadata"]["name"], item["metadata"]["version"],
         item["download_info"]["archive_info"]["hashes"]["sha256"])
        for item in items
    ]  # fmt: skip


def written(pins: dict[tuple[str, str], set[str]]) -> str:
    """The text of a requirements file.

    Args:
        pins: {(name, version): sha256 of its wheels}.
    """
    lines = []
    for (name, version), hashes in sorted(pins.items(), key=lambda pin: pin[0][0].lower()):
        pinned = [f"{name}=={version}", *(f"--hash=sha256:{digest}" for digest in sorted(hashes))]
        lines.append(" \\\n    ".join(pinned))
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    pins: dict[tuple[str, str], set[str]] = {}
    for python in sys.argv[1:]:
        for name, version, digest in resolved(python):
            pins.setdefault((name, version), set()).add(digest)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(written(pins), encoding="utf-8")
    print(f"{len(pins)} packages for {len(sys.argv) - 1} interpreters: {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
