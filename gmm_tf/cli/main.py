"""Command line of the library: runs one of the commands."""

import argparse
import sys

from gmm_tf import __version__
from gmm_tf.cli import compare_command, depth_command, fit_command, predict_command, regimes_command

COMMANDS = {
    "fit": (fit_command, "fit a mixture to a table of numbers"),
    "predict": (predict_command, "find the components and densities of new rows under a fitted mixture"),
    "compare": (compare_command, "compare EM with different E-steps from the same starts"),
    "depth": (depth_command, "measure the cost and accuracy of E-steps on deeper and deeper trees"),
    "regimes": (regimes_command, "compare how well E-steps learn additive codebooks in equal time"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="gmm-tf", description="Latent-variable models with TensorFlow.")
    parser.add_argument("--version", action="version", version=f"gmm-tf {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, what) in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=what, description=what, allow_abbrev=False))
    args = parser.parse_args()
    sys.exit(COMMANDS[args.command][0].run(args))
