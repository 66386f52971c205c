"""The command `autograder` where the students' distribution is all that is installed."""

import argparse
import json
import sys
from pathlib import Path

from autograder import CannotCheck, __version__
from autograder.student import checking

USAGE, SOME_DO_NOT_PASS = 2, 4


def main() -> None:
    """Run the visible checks of a notebook; the status is 0 where all pass, 4 where some do not."""
    options = arguments().parse_args()
    try:
        seen = checking.check_visible(options.notebook, options.release, checking.How(say=on_stderr))
    except CannotCheck as refusal:
        on_stderr(refusal)
        sys.exit(USAGE)
    print(json.dumps(seen.as_json(), indent=1, ensure_ascii=False) if options.json else seen)
    sys.exit(0 if seen.all_pass else SOME_DO_NOT_PASS)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Run the visible checks of a notebook. All other commands need the grader: "
        "pip install gmm-tf-autograder.",
    )
    version = f"autograder {__version__} (visible checks only)"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="run the visible checks of a notebook")
    check.add_argument("notebook", type=Path, help="the notebook to check")
    check.add_argument("--release", type=Path, help="the released notebook, if it is not installed")
    check.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser


def on_stderr(words: object) -> None:
    print(words, file=sys.stderr, flush=True)
