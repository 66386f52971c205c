"""The command `gmm-tf depth`: cost and accuracy of each E-step against the number of levels."""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gmm_tf.cli.arguments import INTERRUPTED, not_negative_integer, positive
from gmm_tf.cli.quiet import import_tensorflow

if TYPE_CHECKING:
    from gmm_tf.cli import depth


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `gmm-tf depth`."""
    parser.add_argument(
        "--levels",
        type=_range,
        default=(2, 10),
        metavar="A..B",
        help="numbers of levels, with four branches each (default: 2..10)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory for the results")
    parser.add_argument("--n", type=positive, default=4000, help="number of observations (default: 4000)")
    parser.add_argument(
        "--steps", type=positive, default=1000, help="Adam steps for each policy (default: 1000)"
    )
    parser.add_argument(
        "--hidden",
        type=_layers,
        default=[128, 128],
        metavar="H,H",
        help="units of the hidden layers (default: 128,128)",
    )
    parser.add_argument(
        "--seed", type=not_negative_integer, default=0, help="seed for the data and the policies (default: 0)"
    )


def run(args: argparse.Namespace) -> int:
    """Measure, write and print the results; returns the exit status."""
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"gmm-tf: {error}", file=sys.stderr)
        return 2
    import_tensorflow()
    from gmm_tf.cli import depth

    (least, most), rows, status = args.levels, list[depth.Level](), 0
    try:
        for row in depth.levels(least, most, args.n, args.steps, args.hidden, args.seed):
            rows.append(row)
            _write(args.out, rows)
            _print(row, depth.METHODS)
    except KeyboardInterrupt:
        print("\ngmm-tf: interrupted; finished levels are kept.", file=sys.stderr)
        status = INTERRUPTED
    if rows:
        _draw(args.out, rows, depth.METHODS)
        print(f"Wrote {args.out}: depth.csv, depth.png.")
    return status


def _print(row: "depth.Level", methods: Sequence[str]) -> None:
    print(
        f"{row.levels} levels, {row.leaves:,} leaves: exact log p(x) {row.log_likelihood:.4f} in "
        f"{row.exact_seconds:.3f} s; the policy estimates {row.importance_log_likelihood:.4f}, "
        f"ESS {row.effective_sample_size:.3f}, {row.step_milliseconds:.2f} ms a step"
    )
    for name, variation, seconds in zip(methods, row.variations, row.seconds, strict=True):
        print(f"    {name:<36}TV of q(z_1) {variation:.5f}{seconds:>10.3f} s", flush=True)


def _write(folder: Path, rows: "Sequence[depth.Level]") -> None:
    with open(folder / "depth.csv", "w", encoding="utf-8", newline="") as file:
        table = [row.row() for row in rows]
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def _draw(folder: Path, rows: "Sequence[depth.Level]", methods: Sequence[str]) -> None:
    from matplotlib.figure import Figure

    from gmm_tf.plots.style import STYLES, labelled, look

    figure = Figure(figsize=(11, 5), layout="constrained")
    cost, quality = figure.subplots(1, 2)
    levels = [row.levels for row in rows]
    cost.plot(
        levels, [row.exact_seconds for row in rows], color="black", linewidth=2, marker=".", label="exact"
    )
    for index, name in enumerate(methods):
        style = look(index, "color", "linestyle", "marker")
        # Hollow where the styles begin again.
        style |= {"markerfacecolor": "white"} if index >= len(STYLES) else {}
        cost.plot(levels, [row.seconds[index] for row in rows], **style, label=name)
        quality.plot(levels, [max(row.variations[index], 1e-7) for row in rows], **style)
    for ax, what in (
        (cost, "CPU seconds of an E-step; of a policy's training"),
        (quality, "total variation of q(z_1), 1e-7 or less at the bottom"),
    ):
        ax.set(yscale="log", xticks=levels)
        labelled(ax, "levels of four branches", what, fontsize="small", loc="upper left")
    cost.get_legend().remove()
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    figure.savefig(folder / "depth.png", dpi=120)


def _layers(text: str) -> list[int]:
    return [positive(units) for units in text.split(",")]


def _range(text: str) -> tuple[int, int]:
    first, dots, last = text.partition("..")
    try:
        least, most = int(first), int(last if dots else first)
    except ValueError:
        least, most = 0, 0
    if not 2 <= least <= most:
        raise argparse.ArgumentTypeError(f"expected two numbers A..B with 2 <= A <= B, got {text!r}")
    return least, most
