"""The command `gmm-tf predict`: components and densities of the rows of a table."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gmm_tf.cli import table_arguments
from gmm_tf.cli.arguments import INTERRUPTED, add_progress
from gmm_tf.cli.quiet import import_tensorflow
from gmm_tf.cli.table_cells import TableError
from gmm_tf.cli.table_layout import Options

if TYPE_CHECKING:
    from gmm_tf.cli.table_text import Numbers
    from gmm_tf.models import MixtureModel

FILE = "predictions.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `gmm-tf predict`."""
    parser.add_argument(
        "model", type=Path, metavar="MODEL", help="directory that gmm-tf fit wrote, or its parameters.json"
    )
    table_arguments.add_arguments(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"CSV file for the results, a directory for DIR/{FILE}, or - for standard "
        "output; columns: row, component, log_density, and probability_0, ... of each "
        "component",
    )
    add_progress(parser)


def run(args: argparse.Namespace) -> int:
    """Predict, write and print a summary; returns the exit status."""
    try:
        options = table_arguments.options(args)
        # Check the path before TensorFlow is imported.
        args.model.stat()
        import_tensorflow()
        from gmm_tf import parameters
        from gmm_tf.cli import table_files

        content = parameters.read(args.model)
        options = _with_columns(options, content["columns"])
        with table_files.numbers(args.data, options, table_arguments.reading_bar(args)) as source:
            _check_width(source, content["columns"])
            _write(args, source, parameters.model(content))
    except (argparse.ArgumentTypeError, ValueError) as error:
        print(f"gmm-tf: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"gmm-tf: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        written = "the rows so far were written" if str(args.out) == "-" else "nothing was written"
        print(f"\ngmm-tf: interrupted; {written}.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _with_columns(options: Options, columns: list[str]) -> Options:
    """The options; the default columns are those of the model."""
    return options if options.columns or options.exclude else options._replace(columns=columns)


def _check_width(source: "Numbers", columns: list[str]) -> None:
    if len(source.names) != len(columns):
        raise TableError(
            f"{source.path}: expected the model's {len(columns)} columns ({', '.join(columns)}), "
            f"got {len(source.names)}; choose them with --columns."
        )


def _write(args: argparse.Namespace, source: "Numbers", model: "MixtureModel") -> None:
    """Write a CSV file of all rows, atomically."""
    from gmm_tf.cli import predictions

    if str(args.out) == "-":
        predictions.write(source, model, sys.stdout.buffer)
        return
    out = args.out / FILE if args.out.is_dir() or not args.out.suffix else args.out
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".gmm-tf-", dir=out.parent) as draft:
        with open(Path(draft) / FILE, "wb") as file:
            summary = predictions.write(source, model, file)
        os.replace(Path(draft) / FILE, out)
    missing = summary.rows - summary.predicted
    dropped = f" ({missing} without a prediction, with a missing value)" if missing else ""
    print(f"{args.data}: {summary.rows} rows{dropped}, mean log-density {summary.mean_log_density:.6f}")
    print("rows in each component: " + ", ".join(f"{k}: {count}" for k, count in enumerate(summary.counts)))
    print(f"wrote {out}")
