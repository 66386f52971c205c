"""The command `gmm-tf compare`: three kinds of EM on the same data from the same starts."""

import argparse
import sys
from pathlib import Path

from gmm_tf.cli.arguments import INTERRUPTED, not_negative_integer, positive
from gmm_tf.cli.quiet import import_tensorflow

METHODS = ("exact", "variational", "gflownet")
ANNEALED = ("exact", "gflownet")
FAST = {"n": 400, "iterations": 5, "inits": 2, "e_step": 200,
        "gflownet": {"steps": 20, "first_steps": 50, "final_steps": 20}}  # fmt: skip


def add_arguments(parser):
    """The arguments of `gmm-tf compare`."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory of the results")
    parser.add_argument("--inits", type=positive, help="number of starts (default: 20; 2 with --fast)")
    parser.add_argument("--methods", type=_methods, default=METHODS, metavar="A,B",
                        help=f"which of {','.join(METHODS)} (default: all)")  # fmt: skip
    parser.add_argument("--seed", type=not_negative_integer, default=0,
                        help="of the data, the starts and the runs (default: 0)")  # fmt: skip
    parser.add_argument("--anneal", type=_methods, default=ANNEALED, metavar="A,B",
                        help="which to anneal during half of the iterations, or none (default: "
                        f"{','.join(ANNEALED)})")  # fmt: skip
    parser.add_argument("--fast", action="store_true", help="a smoke run: few observations and steps")
    parser.add_argument("--resume", action="store_true", help="go on with the runs that DIR has")
    parser.add_argument("--progress", action=argparse.BooleanOptionalAction, default=sys.stdout.isatty(),
                        help="a progress bar (default: on a terminal)")  # fmt: skip


def run(args):
    """Compare, write, and say what came out; returns the exit status."""
    if not args.methods:
        print("gmm-tf: Expected --methods, got none.", file=sys.stderr)
        return 2
    # TensorFlow takes seconds to import; a wrong argument should not wait for it.
    import_tensorflow()
    from gmm_tf.cli import experiment

    settings = experiment.Settings(seed=args.seed, anneal=args.anneal)
    if args.fast:
        settings = settings._replace(**{name: FAST[name] for name in ("n", "iterations", "gflownet")})
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
        print("\ngmm-tf: interrupted; finished runs are kept, --resume goes on.", file=sys.stderr)
        status = INTERRUPTED
    wanted = [each for each in store.runs if each.init < inits and each.method in args.methods]
    _print_table(wanted, args.methods, args.anneal)
    if status == 0:
        _draw(args.out, settings, wanted, args.methods, args.fast)
        print(f"Wrote {args.out}: results.csv, figure2.png, figure3.png.")
    return status


def _run_all(store, settings, inits, args):
    import keras

    from gmm_tf.cli import experiment

    total = inits * len(args.methods)
    done = {pair for pair in store.done if pair[0] < inits and pair[1] in args.methods}
    bar = keras.utils.Progbar(total, unit_name="run") if args.progress and total > len(done) else None
    count = len(done)
    for each in experiment.runs(settings, inits, args.methods, done):
        store.add(each)
        count += 1
        if bar is not None:
            bar.update(count)


def _print_table(runs, methods, annealed):
    from gmm_tf.cli import experiment

    found = {method: experiment.summary(runs, method) for method in methods}
    if not any(found.values()):
        return
    print(f"optimum {runs[0].optimum_log_likelihood:.5f} nats, by EM from the true means")
    print(f"{'method':<22}{'optimal':>10}{'mean':>10}{'worst':>10}{'TV':>9}{'seconds':>10}")
    for method, line in found.items():
        if line:
            optimal = f"{line['optimal']}/{line['runs']}"
            name = f"{method}, annealed" if method in annealed else method
            print(f"{name:<22}{optimal:>10}{line['log_likelihood']:>10.4f}{line['worst']:>10.4f}"
                  f"{line['total_variation']:>9.4f}{line['seconds']:>10.2f}")  # fmt: skip
    print(f"optimal: within {experiment.OPTIMAL:g} nats; mean and worst log-likelihood in nats;")
    print("TV: mean total variation of the posterior to the exact one; seconds: median of a run")


def _draw(folder, settings, runs, methods, fast):
    from gmm_tf.cli import comparison_figures, experiment

    steps = FAST["e_step"] if fast else comparison_figures.E_STEP
    x, _ = experiment.data_and_start(settings, 0)
    posteriors = {
        method: comparison_figures.single_e_step(method, x, settings.seed, steps) for method in methods
    }
    comparison_figures.assignments(x, posteriors).savefig(folder / "figure2.png", dpi=120)
    comparison_figures.final_means(x, runs, methods).savefig(folder / "figure3.png", dpi=120)


def _methods(text):
    names = () if text == "none" else tuple(text.split(","))
    if not set(names) <= set(METHODS) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"expected some of {','.join(METHODS)}, got {text!r}")
    return names
