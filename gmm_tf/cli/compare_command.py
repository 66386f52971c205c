"""The command `gmm-tf compare`: EM with different E-steps on the same data from the same starts."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gmm_tf.cli.arguments import INTERRUPTED, add_progress, not_negative_integer, positive, two_or_more
from gmm_tf.cli.quiet import import_tensorflow
from gmm_tf.names import Compared

if TYPE_CHECKING:
    from gmm_tf.cli import experiment

METHODS, MORE = tuple(Compared)[:3], tuple(Compared)[3:]
ANNEALED = (Compared.EXACT, Compared.GFLOWNET)
FAST: dict[str, Any] = {
    "n": 400,
    "iterations": 5,
    "inits": 2,
    "e_step": 200,
    "gflownet": {"steps": 20, "first_steps": 50, "final_steps": 20},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `gmm-tf compare`."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory for the results")
    parser.add_argument("--inits", type=positive, help="number of starts (default: 20; 2 with --fast)")
    parser.add_argument(
        "--methods",
        type=_methods,
        default=METHODS,
        metavar="A,B",
        help=f"methods to compare, of {','.join(METHODS + MORE)} (default: the first three)",
    )
    parser.add_argument(
        "--seed",
        type=not_negative_integer,
        default=0,
        help="seed for the data, the starts and the runs (default: 0)",
    )
    parser.add_argument(
        "--levels",
        type=two_or_more,
        default=2,
        metavar="L",
        help="number of levels of the tree, with four branches each (default: 2)",
    )
    parser.add_argument(
        "--preset",
        choices=["paper"],
        help="settings of the paper's notebook: 1,000 steps per E-step, learning rate 3e-4, no annealing, "
        "new data for each start",
    )
    parser.add_argument(
        "--anneal",
        type=_methods,
        metavar="A,B",
        help="methods to anneal during half of the iterations, or none (default: "
        f"{','.join(ANNEALED)}; none with --preset paper)",
    )
    parser.add_argument(
        "--jobs", type=positive, default=1, help="runs in parallel, one core each (default: 1, on all cores)"
    )
    parser.add_argument("--fast", action="store_true", help="a smoke test: few observations and steps")
    parser.add_argument("--resume", action="store_true", help="resume the comparison in DIR")
    add_progress(parser)


def run(args: argparse.Namespace) -> int:
    """Compare, write and print the results; returns the exit status."""
    if not args.methods:
        print("gmm-tf: Expected --methods, got none.", file=sys.stderr)
        return 2
    # TensorFlow takes seconds to import; a wrong argument should not wait for it.
    import_tensorflow()
    from gmm_tf.cli import experiment

    settings = _settings(args)
    inits = args.inits or (FAST["inits"] if args.fast else 20)
    try:
        store = experiment.Store(args.out, settings, args.resume)
    except (experiment.StoreError, OSError) as error:
        print(f"gmm-tf: {error}", file=sys.stderr)
        return 2
    try:
        _run_all(store, settings, inits, args)
        status = 0
    except KeyboardInterrupt:
        print("\ngmm-tf: interrupted; finished runs are kept, and --resume continues.", file=sys.stderr)
        status = INTERRUPTED
    wanted = [each for each in store.runs if each.init < inits and each.method in args.methods]
    _print_table(wanted, args.methods, settings.anneal)
    if status == 0:
        experiment.write_starts(args.out, settings, inits)
        written = ["results.csv", "starts.csv", *_draw(args.out, settings, wanted, args.methods, args.fast)]
        print(f"Wrote {args.out}: {', '.join(written)}.")
    return status


def _settings(args: argparse.Namespace) -> "experiment.Settings":
    from gmm_tf.cli import experiment

    anneal = args.anneal if args.anneal is not None else () if args.preset else ANNEALED
    settings = experiment.Settings(seed=args.seed, anneal=anneal, levels=args.levels)
    if args.preset:
        settings = settings._replace(gflownet=experiment.PAPER, data_per_start=True)
    if args.fast:
        short = (settings.gflownet or {}) | FAST["gflownet"]
        settings = settings._replace(n=FAST["n"], iterations=FAST["iterations"], gflownet=short)
    return settings


def _run_all(
    store: "experiment.Store", settings: "experiment.Settings", inits: int, args: argparse.Namespace
) -> None:
    import keras

    from gmm_tf.cli import experiment

    total = inits * len(args.methods)
    done = {pair for pair in store.done if pair[0] < inits and pair[1] in args.methods}
    bar = keras.utils.Progbar(total, unit_name="run") if args.progress and total > len(done) else None
    count = len(done)
    for each in experiment.runs(settings, inits, args.methods, done, args.jobs):
        store.add(each)
        count += 1
        if bar is not None:
            bar.update(count)


def _print_table(runs: "list[experiment.Run]", methods: Sequence[str], annealed: Sequence[str]) -> None:
    import numpy as np

    from gmm_tf.cli import experiment

    found = {method: experiment.summary(runs, method) for method in methods}
    if not any(found.values()):
        return
    optimum, truth = (
        np.mean([getattr(each, name) for each in runs])
        for name in ("optimum_log_likelihood", "truth_log_likelihood")
    )
    print(f"true means {truth:.5f} nats, optimum {optimum:.5f} nats, by EM from the true means")
    print(f"{'method':<22}{'optimal':>10}{'mean':>10}{'worst':>10}{'TV':>9}{'seconds':>10}")
    for method, line in found.items():
        if line:
            optimal = f"{line['optimal']}/{line['runs']}"
            name = f"{method}, annealed" if method in annealed else method
            print(
                f"{name:<22}{optimal:>10}{line['log_likelihood']:>10.4f}{line['worst']:>10.4f}"
                f"{line['total_variation']:>9.4f}{line['seconds']:>10.2f}"
            )
    print(f"optimal: within {experiment.OPTIMAL:g} nats; mean and worst log-likelihood in nats;")
    print("TV: mean total variation of the posterior (beyond 4,096 leaves: of q(z_1)) from the exact one;")
    print("seconds: median over the runs")
    print(f"the paper's notebook prints these log-likelihoods minus {-experiment.NOTEBOOK:.4f}")


def _draw(
    folder: Path,
    settings: "experiment.Settings",
    runs: "list[experiment.Run]",
    methods: Sequence[str],
    fast: bool,
) -> list[str]:
    """Draw the figures that exist for these settings; returns their file names."""
    from gmm_tf.cli import comparison_figures, experiment

    x, _ = experiment.data_and_start(settings, 0)
    figures = {"figure3.png": comparison_figures.final_means(x, runs, methods, settings.anneal)}
    if settings.levels == 2:
        steps = FAST["e_step"] if fast else comparison_figures.E_STEP
        posteriors = {
            method: comparison_figures.single_e_step(method, x, settings.seed, steps) for method in methods
        }
        figures["figure2.png"] = comparison_figures.assignments(x, posteriors)
    for run in runs:
        if run.init == 0:
            figures[f"panels_{run.method}.png"] = comparison_figures.panels(x, run, settings.anneal)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=120)
    return sorted(figures)


def _methods(text: str) -> tuple[str, ...]:
    names = () if text == "none" else tuple(text.split(","))
    if not set(names) <= {*METHODS, *MORE} or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"expected some of {','.join(METHODS + MORE)}, got {text!r}")
    return names
