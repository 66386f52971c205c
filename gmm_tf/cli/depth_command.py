"""The command `gmm-tf depth`: what more levels cost an exact E-step and a GFlowNet."""

import argparse
import csv
import sys
from pathlib import Path

from gmm_tf.cli.arguments import INTERRUPTED, not_negative_integer, positive
from gmm_tf.cli.quiet import import_tensorflow


def add_arguments(parser):
    """The arguments of `gmm-tf depth`."""
    parser.add_argument("--levels", type=_range, default=(2, 10), metavar="A..B",
                        help="numbers of levels, each of four branches (default: 2..10)")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory of the results")
    parser.add_argument("--n", type=positive, default=4000, help="observations (default: 4000)")
    parser.add_argument("--steps", type=positive, default=5000, help="Adam steps (default: 5000)")
    parser.add_argument("--hidden", type=_layers, default=[128, 128], metavar="H,H",
                        help="units of the hidden layers (default: 128,128)")  # fmt: skip
    parser.add_argument("--seed", type=not_negative_integer, default=0, help="default: 0")


def run(args):
    """Measure, write, and say what came out; returns the exit status."""
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"gmm-tf: {error}", file=sys.stderr)
        return 2
    import_tensorflow()
    from gmm_tf.cli import depth

    rows, status = [], 0
    print(f"{'levels':>6}{'leaves':>10}{'exact s':>9}{'ms/step':>9}{'MiB':>6}{'TV':>8}"
          f"{'log p(x)':>10}{'estimate':>10}{'ESS':>6}")  # fmt: skip
    try:
        for row in depth.levels(*args.levels, args.n, args.steps, args.hidden, args.seed):
            rows.append(row)
            _write(args.out, rows)
            print(f"{row.levels:>6}{row.leaves:>10}{_number(row.exact_seconds, 9, 3)}"
                  f"{row.step_milliseconds:>9.2f}{row.peak_megabytes:>6.0f}"
                  f"{_number(row.total_variation, 8, 4)}{_number(row.log_likelihood, 10, 4)}"
                  f"{row.importance_log_likelihood:>10.4f}{row.effective_sample_size:>6.2f}",
                  flush=True)  # fmt: skip
    except KeyboardInterrupt:
        print("\ngmm-tf: interrupted; finished levels are kept.", file=sys.stderr)
        status = INTERRUPTED
    if rows:
        _draw(args.out, rows)
        print(f"Wrote {args.out}: depth.csv, depth.png.")
    return status


def _number(value, width, digits):
    return " " * (width - 1) + "-" if value is None else f"{value:>{width}.{digits}f}"


def _write(folder, rows):
    with open(folder / "depth.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0]._fields)
        writer.writerows(rows)


def _draw(folder, rows):
    from matplotlib.figure import Figure

    from gmm_tf.plots.style import labelled, look

    def line(ax, index, field, label, scale=1.0):
        known = [row for row in rows if getattr(row, field) is not None]
        ax.plot([row.levels for row in known], [scale * getattr(row, field) for row in known],
                label=label, **look(index, "color", "linestyle", "marker"))  # fmt: skip

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    cost, memory, quality = figure.subplots(1, 3)
    line(cost, 0, "exact_seconds", "one exact E-step", 1e3)
    line(cost, 1, "train_seconds", "a GFlowNet's E-step", 1e3)
    line(cost, 2, "step_milliseconds", "one of its Adam steps")
    cost.set_yscale("log")
    line(memory, 1, "peak_megabytes", "GFlowNet, with TensorFlow")
    memory.set_ylim(0, 1.05 * max(row.peak_megabytes for row in rows))
    line(quality, 0, "total_variation", "total variation to exact")
    line(quality, 1, "effective_sample_size", "effective sample size, share of draws")
    quality.set_ylim(0, 1.05)
    for ax, what in ((cost, "milliseconds"), (memory, "peak memory, MiB"), (quality, "")):
        labelled(ax, "levels of four branches", what, fontsize="small",
                 loc="lower center", bbox_to_anchor=(0.5, 1))  # fmt: skip
        ax.set_xticks([row.levels for row in rows])
    figure.savefig(folder / "depth.png", dpi=120)


def _layers(text):
    return [positive(units) for units in text.split(",")]


def _range(text):
    least, dots, most = text.partition("..")
    try:
        least, most = int(least), int(most if dots else least)
    except ValueError:
        least, most = 0, 0
    if not 2 <= least <= most:
        raise argparse.ArgumentTypeError(f"expected two numbers A..B with 2 <= A <= B, got {text!r}")
    return least, most
