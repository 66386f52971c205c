"""Command line of the library: finds the command, and leaves the rest to it."""

import argparse
import sys

from gmm_tf import command

LATER = {"compare": "exact, variational and GFlowNet EM", "depth": "trees of more levels"}


def main():
    parser = argparse.ArgumentParser(prog="gmm-tf", description="Gaussian mixtures with TensorFlow.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    fit = commands.add_parser("fit", help="fit a mixture to a CSV file", allow_abbrev=False)
    command.add_arguments(fit)
    for name, what in LATER.items():
        commands.add_parser(name, help=f"{what}: comes in a later version", add_help=False)
    args, unknown = parser.parse_known_args()
    if args.command in LATER:
        parser.error(f"{args.command} comes in a later version.")
    if unknown:
        fit.error(f"unrecognized arguments: {' '.join(unknown)}")
    sys.exit(command.run(args))


if __name__ == "__main__":
    main()
