"""scikit-learn's own examples of `GaussianMixture`, run on this library's estimator with one import changed.

scikit-learn's source archive holds the examples:

    pip download --no-deps --no-binary scikit-learn scikit-learn
    python examples/scikit_learn_gallery.py scikit_learn-*.tar.gz

An unpacked folder of examples, or one file, will do as well. Each example that imports the estimator runs
twice in a process of its own, as it is and with the import changed; pictures go nowhere.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

# What an example writes, and what it becomes.
IMPORTS = (
    (re.compile(r"^from sklearn\.mixture import", re.MULTILINE), "from gmm_tf.sklearn import"),
    (re.compile(r"^from sklearn import mixture$", re.MULTILINE), "from gmm_tf import sklearn as mixture"),
    (
        re.compile(r"^from sklearn import (.+), mixture$", re.MULTILINE),
        r"from sklearn import \1; from gmm_tf import sklearn as mixture",
    ),
)
ESTIMATOR = re.compile(r"(?<!Bayesian)GaussianMixture\(")
SECONDS = 600


class Outcome(NamedTuple):
    """One run of one example."""

    seconds: float
    error: str  # the last line of what it wrote to standard error; empty if it ran to its end


def changed(text):
    """The example with its import changed; None if it does not import and make the estimator."""
    if not ESTIMATOR.search(text):
        return None
    for pattern, ours in IMPORTS:
        text, count = pattern.subn(ours, text)
        if count == 1:
            return text
    return None


def run(text, seconds=SECONDS):
    """The Outcome of an example, given as its text."""
    environment = {**os.environ, "MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.py"
        path.write_text(text)
        began = time.perf_counter()
        try:
            done = subprocess.run(
                [sys.executable, path.name],
                cwd=folder,
                env=environment,
                timeout=seconds,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
        except subprocess.TimeoutExpired:
            return Outcome(seconds, f"no end after {seconds} seconds")
    lines = done.stderr.strip().splitlines() or ["no message"]
    return Outcome(time.perf_counter() - began, lines[-1] if done.returncode else "")


def examples_in(path):
    """{name: text} of the examples below a folder, in an archive, or of one file."""
    if path.is_dir():
        files = {str(file.relative_to(path)): file.read_text() for file in path.rglob("*.py")}
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            files = {
                member.name.split("/examples/")[1]: archive.extractfile(member).read().decode()
                for member in archive
                if "/examples/" in member.name and member.name.endswith(".py")
            }
    else:
        files = {path.name: path.read_text()}
    return dict(sorted(files.items()))


def main(arguments=None):
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("examples", type=Path, help="source archive of scikit-learn, folder, or file")
    options = parser.parse_args(arguments)
    pairs = {name: (text, changed(text)) for name, text in examples_in(options.examples).items()}
    pairs = {name: pair for name, pair in pairs.items() if pair[1] is not None}
    print(f"{'example':45} {'scikit-learn':>12} {'gmm_tf':>8}  (seconds of the whole process)")
    failed = 0
    for name, texts in pairs.items():
        theirs, ours = map(run, texts)
        end = "runs" if not ours.error else ours.error
        print(f"{name:45} {theirs.seconds:12.1f} {ours.seconds:8.1f}  {end}", flush=True)
        failed += bool(ours.error)
    print(f"{len(pairs) - failed} of {len(pairs)} examples run with the import changed")
    return int(failed > 0 or not pairs)


if __name__ == "__main__":
    sys.exit(main())
