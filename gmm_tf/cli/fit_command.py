"""The command `gmm-tf fit`: a mixture fitted to a user's own table.

TensorFlow takes seconds to import: nothing here does so before there are numbers to fit.
"""

import argparse
import csv
import json
import math
import os
import platform
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gmm_tf import __version__
from gmm_tf.cli import table, table_arguments
from gmm_tf.cli.arguments import (
    INTERRUPTED,
    above_zero,
    add_progress,
    not_negative,
    not_negative_integer,
    positive,
)
from gmm_tf.cli.quiet import import_tensorflow
from gmm_tf.defaults import LEARNING_RATE, TOL, VARIANCE_FLOOR
from gmm_tf.names import Kind, Method, Start

if TYPE_CHECKING:
    from gmm_tf.cli.fit_table import Fitted
    from gmm_tf.result import FitResult

RESULTS = ("trace.csv", "fit.png", "parameters.json")
# Numbers that fit in a laptop's memory, including the copies that a fit makes.
IN_MEMORY = 20_000_000
# Number of rows used for the picture.
PICTURED = 20_000


class UsageError(Exception):
    """Arguments that contradict each other or the data."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `gmm-tf fit`."""
    parser.add_argument("--k", type=positive, required=True, help="number of components")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory for the results")
    parser.add_argument(
        "--method",
        choices=tuple(Method),
        default=Method.EM,
        help="em: expectation-maximisation; mle: maximum likelihood by Adam (default: em)",
    )
    parser.add_argument(
        "--covariance", choices=tuple(Kind), help="kind of covariance (default: full; diag for one column)"
    )

    parser.add_argument(
        "--float64",
        action="store_true",
        help="compute in double precision (default: only if a value is very far from the others)",
    )
    fit = parser.add_argument_group("fit")
    _add_start_arguments(fit)
    _add_fit_arguments(fit)
    data = table_arguments.add_arguments(parser)
    data.add_argument(
        "--in-memory-limit",
        type=not_negative_integer,
        default=IN_MEMORY,
        metavar="NUMBERS",
        help=f"keep the numbers on disk if there are more than this (default: {IN_MEMORY})",
    )
    add_progress(parser, "progress bars")


def _add_start_arguments(fit: Any) -> None:
    """The arguments that say where fits start."""
    fit.add_argument(
        "--start",
        choices=(Start.DATA, Start.KMEANS, Start.RANDOM),
        default=Start.DATA,
        help="initial means: the best of ten k-means++ starts after 20 EM steps each, one "
        "k-means++ start, or random rows (default: data, the first)",
    )
    fit.add_argument(
        "--restarts",
        type=positive,
        default=1,
        help="number of starts, of which the best is kept (default: 1)",
    )
    fit.add_argument(
        "--seed",
        type=not_negative_integer,
        default=0,
        help="seed for the starts and the rows that are drawn at random (default: 0)",
    )


def _add_fit_arguments(fit: Any) -> None:
    """The arguments that say how to fit from a start."""
    fit.add_argument(
        "--anneal",
        type=positive,
        metavar="STEPS",
        help="number of initial EM steps, at inverse temperatures that rise from 0.05 to 1",
    )
    fit.add_argument(
        "--max-steps",
        type=positive,
        default=3000,
        help="largest number of steps (default: 3000); Adam takes all",
    )
    fit.add_argument(
        "--tol",
        type=not_negative,
        help=f"stop EM after 3 steps that gain less than this each, relative to the mean "
        f"log-likelihood (default: {TOL:g}; 0: never)",
    )
    fit.add_argument(
        "--learning-rate",
        type=above_zero,
        help=f"step size of Adam, for standardised columns (default: {LEARNING_RATE:g})",
    )
    fit.add_argument(
        "--variance-floor",
        type=not_negative,
        default=VARIANCE_FLOOR,
        help="least variance of a component in EM, relative to the squared robust spread of the "
        f"data (default: {VARIANCE_FLOOR:g})",
    )


def run(args: argparse.Namespace) -> int:
    """Fit, write and print the results; returns the exit status."""
    try:
        _check(args)
        room = next(place for place in (args.out, *args.out.absolute().parents) if place.is_dir())
        with closing(_read(args, room)) as data:
            streamed = _is_streamed(args, data)
            _introduce(args, data, streamed)
            fitted = _fit(args, data, streamed)
            parameters = _parameters(args, data, fitted, streamed)
            _write(args, data, fitted, parameters, room)
            _report(args, data, fitted, parameters)
    except (UsageError, table.TableError) as error:
        print(f"gmm-tf: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"gmm-tf: {error.filename or args.out}: {error.strerror or error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ngmm-tf: interrupted; nothing was written.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _check(args: argparse.Namespace) -> None:
    """Raises UsageError for arguments that do not go together."""
    if args.method == Method.MLE:
        for name in ("tol", "anneal"):
            if getattr(args, name) is not None:
                raise UsageError(f"--{name} needs --method em; Adam always takes --max-steps steps.")
    elif args.learning_rate is not None:
        raise UsageError("--learning-rate needs --method mle; EM has no learning rate.")
    if args.anneal is not None and args.anneal > args.max_steps:
        raise UsageError(f"Expected --anneal of at most --max-steps {args.max_steps}, got {args.anneal}.")
    if args.out.exists() and not args.out.is_dir():
        raise UsageError(f"Expected a directory for --out, got the file {args.out}.")


def _read(args: argparse.Namespace, room: Path) -> table.Table:
    try:
        return table.read(args.data, room, _options(args), table_arguments.reading_bar(args))
    except OSError as error:
        if error.filename is None or Path(error.filename) != Path(args.data):
            raise
        raise UsageError(f"{args.data}: {error.strerror}.") from None


def _options(args: argparse.Namespace) -> table.Options:
    try:
        return table_arguments.options(args)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"{error}.") from None


def _fit(args: argparse.Namespace, data: table.Table, streamed: bool) -> "Fitted":
    import_tensorflow()
    from gmm_tf.cli import fit_table

    sought = fit_table.Sought(args.k, _covariance(args, data), args.variance_floor, _dtype(args))
    climb = fit_table.Climb(
        Method(args.method),
        args.max_steps,
        TOL if args.tol is None else args.tol,
        args.anneal,
        LEARNING_RATE if args.learning_rate is None else args.learning_rate,
    )
    starts = fit_table.Starts(Start(args.start), args.restarts, args.seed)
    try:
        return fit_table.fit_table(data, sought, climb, starts, not streamed, int(args.progress))
    except fit_table.Diverged as error:
        raise UsageError(str(error)) from None


def _covariance(args: argparse.Namespace, data: table.Table) -> Kind:
    default = Kind.FULL if len(data.names) > 1 else Kind.DIAG
    return Kind(args.covariance or default)


def _dtype(args: argparse.Namespace) -> str:
    return "float64" if args.float64 else "float32"


def _is_streamed(args: argparse.Namespace, data: table.Table) -> bool:
    """Whether the numbers stay on disk; raises UsageError for options that these data do not allow."""
    if data.rows < args.k:
        raise UsageError(f"Expected at least as many rows as components, got {data.rows} for --k {args.k}.")
    numbers = data.rows * len(data.names)
    streamed = numbers > args.in_memory_limit
    if streamed and args.anneal is not None:
        raise UsageError(f"--anneal needs all numbers in memory; pass --in-memory-limit {numbers}.")
    return streamed


def _introduce(args: argparse.Namespace, data: table.Table, streamed: bool) -> None:
    columns = ", ".join(data.names[:8]) + (f" and {len(data.names) - 8} more" if len(data.names) > 8 else "")
    dropped = f" ({data.dropped} more left out, with a missing value)" if data.dropped else ""
    print(
        f"{args.data}: {data.rows} rows{dropped}, {', '.join(data.notes)}, "
        f"columns {columns}{'; the numbers stay on disk' if streamed else ''}",
        flush=True,
    )


def _parameters(
    args: argparse.Namespace, data: table.Table, fitted: "Fitted", streamed: bool
) -> dict[str, Any]:
    """The content of parameters.json."""
    deviance = -2 * data.rows * fitted.mean_log_likelihood
    return {
        "weights": fitted.weights.tolist(),
        "means": fitted.means.tolist(),
        "covariances": fitted.covariances.tolist(),
        "covariance": _covariance(args, data),
        "columns": list(data.names),
        "rows": data.rows,
        "rows_dropped": data.dropped,
        "mean_log_likelihood": fitted.mean_log_likelihood,
        "free_parameters": fitted.free_parameters,
        "aic": deviance + 2 * fitted.free_parameters,
        "bic": deviance + math.log(data.rows) * fitted.free_parameters,
        "method": args.method,
        "steps": fitted.result.steps,
        "stopped_by": fitted.result.stopped_by,
        # A gradient fit on a random part of the rows cannot tell whether it has converged.
        "converged": None if streamed and args.method == Method.MLE else fitted.result.converged,
        "objective": fitted.objective,
        "collapsed": fitted.collapsed.tolist(),
        "empty": fitted.empty.tolist(),
        "start": args.start,
        "restarts": args.restarts,
        "anneal": args.anneal,
        "seed": args.seed,
        "variance_floor": args.variance_floor if args.method == Method.EM else None,
        "dtype": "float64" if fitted.too_far else _dtype(args),
        "streamed": streamed,
        "versions": {
            "gmm_tf": __version__,
            "python": platform.python_version(),
            **{name: sys.modules[name].__version__ for name in ("tensorflow", "keras", "numpy")},
        },
    }


def _write(
    args: argparse.Namespace, data: table.Table, fitted: "Fitted", parameters: dict[str, Any], room: Path
) -> None:
    """Write all files or none: each is complete before the first is renamed."""
    with tempfile.TemporaryDirectory(prefix=".gmm-tf-", dir=room) as folder:
        draft = Path(folder)
        with open(draft / "trace.csv", "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["step", "objective"])
            rows.writerows(enumerate(fitted.result.trace.tolist()))
        _picture(args, data, fitted).savefig(draft / "fit.png")
        (draft / "parameters.json").write_text(json.dumps(parameters, indent=2, allow_nan=False) + "\n")
        args.out.mkdir(parents=True, exist_ok=True)
        for name in RESULTS:
            os.replace(draft / name, args.out / name)


def _picture(args: argparse.Namespace, data: table.Table, fitted: "Fitted") -> Any:
    from matplotlib.figure import Figure

    from gmm_tf.plots import overview

    x = data.sample(PICTURED, np.random.default_rng(args.seed))
    several = 2 < len(data.names) <= overview.MOST_PAIRED
    figure = Figure(figsize=(9, 9) if several else (8, 5), dpi=120, layout="constrained")
    overview.overview(figure, x, fitted.weights, fitted.means, fitted.covariances, data.names)
    return figure


def _report(
    args: argparse.Namespace, data: table.Table, fitted: "Fitted", parameters: dict[str, Any]
) -> None:
    """Print results to standard output, and warnings to standard error."""
    print(
        f"mean log-likelihood {fitted.mean_log_likelihood:.6f} after {fitted.result.steps} steps, "
        f"AIC {parameters['aic']:.2f}, BIC {parameters['bic']:.2f}"
    )
    shown = data.names[:6]
    print("component  weight" + "".join(f"  {name[:24]:>24}" for name in shown) + "  (mean ± std)")
    deviations = np.sqrt(np.diagonal(fitted.covariances, axis1=1, axis2=2))
    for i, (weight, mean, std) in enumerate(zip(fitted.weights, fitted.means, deviations, strict=True)):
        pairs = [_with_deviation(m, s) for m, s in zip(mean, std, strict=True)]
        print(f"{i:9d}  {weight:6.4f}" + "".join(f"  {pair:>24}" for pair in pairs[: len(shown)]))
    print(f"wrote {', '.join(RESULTS)} to {args.out}")
    if _is_unfinished(args, fitted.result, parameters["streamed"]):
        print(f"gmm-tf: still improving after --max-steps {args.max_steps}; raise it.", file=sys.stderr)
    if fitted.too_far and not args.float64:
        print(f"computed in float64, because {fitted.too_far}")
    if found := _degenerate(fitted):
        by_floor = args.method == Method.EM and fitted.collapsed.any()
        floor = ", or a smaller --variance-floor if its rows do differ" if by_floor else ""
        print(
            f"gmm-tf: {found}; try another --seed, --restarts, fewer components or --covariance tied{floor}.",
            file=sys.stderr,
        )


def _degenerate(fitted: "Fitted") -> str:
    """Which components are degenerate, and how."""
    kinds = {"collapsed onto too few different rows": fitted.collapsed, "empty": fitted.empty}
    return ", ".join(
        f"{what}: component {', '.join(map(str, np.flatnonzero(found)))}"
        for what, found in kinds.items()
        if found.any()
    )


def _is_unfinished(args: argparse.Namespace, result: "FitResult", streamed: bool) -> bool:
    """Whether the fit was still improving, where this can be told: not for minibatches."""
    known = args.tol != 0 if args.method == Method.EM else not streamed
    return known and not result.converged


def _with_deviation(mean: float, std: float) -> str:
    """Both as text, the mean with the digits that the standard deviation justifies."""
    digits = 3 + max(0, math.ceil(math.log10(max(abs(mean) / std, 1))))
    return f"{mean:.{min(digits, 15)}g} ± {std:.3g}"
