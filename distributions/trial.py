"""Install each wheel alone, outside of the checkout, and try what its page promises: `make try-wheels`.

With the packages that it needs from an index it prints sizes and times; `--borrow FOLDER` takes them from the
site-packages of another environment, offline.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SAMPLE = ROOT / "examples" / "submitted" / "ada" / "gmm-two-ways" / "gmm-two-ways.ipynb"
CONSTRAINTS = ROOT / "constraints" / "dev.txt"


class Try(NamedTuple):
    """A command of the new environment, its exit status, and words that it must print."""

    words: tuple[str, ...]
    status: int = 0
    says: str = ""


class Kind(NamedTuple):
    """What is installed, in order, and what must work then."""

    wheels: tuple[str, ...]
    first: str  # what users import first, and wait for
    tries: tuple[Try, ...]


LIBRARY = Kind(
    ("gmm_tf",),
    "from gmm_tf import EMGMM",
    (
        Try(("gmm-tf", "--version"), 0, "gmm-tf "),
        Try(("gmm-tf", "--help"), 0, "regimes"),
        Try(("gmm-tf", "fit", "old_faithful.csv", "--k", "2", "--out", "fitted"), 0, ""),
        Try(("python", "-c", "import gmm_tf; print(gmm_tf.mixture_likelihood, gmm_tf.EMGMM(2))"), 0, "EMGMM"),
        Try(("python", "-c", "import autograder"), 1, "No module named 'autograder'"),
    ),
)
CHECK = Kind(
    ("gmm_tf_check",),
    "from autograder.student import checking",
    (
        Try(("autograder", "--version"), 0, "visible checks only"),
        Try(("autograder", "--help"), 0, "gmm-tf-autograder"),
        Try(("autograder", "grade", "gmm-two-ways"), 2, "invalid choice"),
        Try(("autograder", "check", str(SAMPLE)), 0, "8 of 8 visible checks pass"),
        Try(("python", "-c", "import autograder.tasks.gmm_two_ways"), 1, "No module named"),
    ),
)
GRADER = Kind(
    ("gmm_tf_check", "gmm_tf_autograder"),
    "from autograder import __main__",
    (
        Try(("autograder", "--version"), 0, "autograder "),
        Try(("autograder", "--help"), 0, "evidence"),
        Try(("autograder", "init", "no-course"), 1, "--from DIR_OR_ARCHIVE"),
        Try(("autograder", "init", "course", "--from", str(ROOT)), 0, "course directory"),
        Try(("autograder", "check", str(SAMPLE), "--no-jail"), 0, "automatic points"),
        Try(("autograder", "grade", "gmm-two-ways", "--course", "course", "--unsafe-no-jail"), 0, "ada"),
    ),
)
KINDS = {"gmm-tf": LIBRARY, "gmm-tf-check": CHECK, "gmm-tf-autograder": GRADER}


class Failed(AssertionError):
    """A command did not end or did not say as it should."""


def prepare(place: Path) -> None:
    """Lay out the folder in which the commands run."""
    (place / "old_faithful.csv").write_bytes((ROOT / "gmm_tf" / "datasets" / "old_faithful.csv").read_bytes())


def installed(kind: Kind, wheels: Path, place: Path, borrow: Path | None) -> Path:
    """A new environment with these wheels -> its folder of commands."""
    venv.create(place, with_pip=True, symlinks=True)
    commands = place / ("Scripts" if os.name == "nt" else "bin")
    files = [next(wheels.glob(f"{name}-*.whl")) for name in kind.wheels]
    pip = [commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if borrow:
        subprocess.run([*pip, "--no-index", "--no-deps", *files], check=True)
        folder = subprocess.check_output(
            [commands / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
        Path(folder, "borrowed.pth").write_text(f"{borrow}\n")
    else:
        subprocess.run([*pip, "-c", CONSTRAINTS, *files], check=True)
    return commands


def tried(one: Try, commands: Path, place: Path, tools: list[Path]) -> None:
    """
    Args:
        tools: folders of other commands that may be found.
    Raises:
        Failed: the command ended or spoke otherwise.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment["PATH"] = os.pathsep.join(map(str, (commands, environment["PATH"], *tools)))
    if one.words[1:2] == ("grade",) and (place / "course").is_dir():
        target = place / "course" / "submitted" / "ada" / "gmm-two-ways" / SAMPLE.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(SAMPLE.read_bytes())
    done = subprocess.run(
        [commands / one.words[0], *one.words[1:]],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = " ".join(done.stdout.split())
    if done.returncode != one.status or one.says not in said:
        expected, words = f"status {one.status} and {one.says!r}", " ".join(one.words)
        raise Failed(f"{words}: expected {expected}, got {done.returncode}: {said[-1500:]}")


def seconds_of(statement: str, commands: Path, place: Path) -> float:
    """The faster of two runs in new processes."""
    taken = []
    for _ in range(2):
        began = time.perf_counter()
        subprocess.run([commands / "python", "-c", statement], cwd=place, check=True)
        taken.append(time.perf_counter() - began)
    return min(taken)


def megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink()) / 1e6


def try_all(wheels: Path, borrow: Path | None = None) -> None:
    """Try every distribution, and print a line about each.

    Raises:
        Failed: a command did not do what the distribution's page promises.
    """
    for name, kind in KINDS.items():
        with tempfile.TemporaryDirectory(prefix="try-") as folder:
            place = Path(folder)
            prepare(place)
            commands = installed(kind, wheels, place / "environment", borrow)
            for one in kind.tries:
                tried(one, commands, place, [Path(sys.executable).parent] if borrow else [])
            size = sum(next(wheels.glob(f"{wheel}-*.whl")).stat().st_size for wheel in kind.wheels) / 1e3
            quick = seconds_of(kind.first, commands, place)
            print(
                f"{name}: Python {sys.version.split()[0]}, wheels {size:.0f} kB, environment "
                f"{megabytes(place / 'environment'):.0f} MB, `{kind.first}` {quick:.1f} s; "
                f"{len(kind.tries)} commands as promised",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="Try each wheel in an environment of its own.")
    parser.add_argument("wheels", type=Path, help="the folder that build.py wrote")
    parser.add_argument("--borrow", type=Path, help="site-packages to take all other packages from")
    options = parser.parse_args()
    try:
        try_all(options.wheels, options.borrow and options.borrow.resolve())
    except Failed as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
