"""The command `gmm-tf regimes`: which E-step learns additive codebooks best in equal time."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gmm_tf.cli.arguments import INTERRUPTED, add_progress, not_negative_integer, positive
from gmm_tf.cli.quiet import import_tensorflow

if TYPE_CHECKING:
    from gmm_tf.cli import regimes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `gmm-tf regimes`."""
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="directory for the runs; finished runs in it are not repeated",
    )
    parser.add_argument(
        "--jobs", type=positive, default=1, help="runs in parallel, one core each (default: 1)"
    )
    parser.add_argument(
        "--seed", type=not_negative_integer, default=0, help="seed for the data and the starts (default: 0)"
    )
    parser.add_argument(
        "--fast", action="store_true", help="a smoke test of a few minutes; its numbers are meaningless"
    )
    add_progress(parser)


def run(args: argparse.Namespace) -> int:
    """Make the missing runs and print the results; returns the exit status."""
    import_tensorflow()
    from gmm_tf.cli import regimes

    settings = (regimes.FAST if args.fast else regimes.Settings())._replace(seed=args.seed)
    try:
        _run_all(args, settings)
        status = 0
    except (ValueError, OSError) as error:
        print(f"gmm-tf: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ngmm-tf: interrupted; finished runs are kept, and the same command resumes.", file=sys.stderr)
        status = INTERRUPTED
    runs = regimes.read(args.out)
    if runs:
        text = report(runs, settings)
        print(text)
        (args.out / "regimes.txt").write_text(text + "\n", "utf-8")
        _draw(args.out, runs, settings)
        print(f"Wrote {args.out}: {regimes.RUNS}, regimes.txt, regimes.png.")
    return status


def _run_all(args: argparse.Namespace, settings: "regimes.Settings") -> None:
    import keras

    from gmm_tf.cli import regimes

    total = len(regimes.tasks(settings))
    bar = keras.utils.Progbar(total, unit_name="run") if args.progress else None
    done = len(regimes.read(args.out))
    for _ in regimes.run_all(args.out, settings, args.jobs):
        done += 1
        if bar is not None:
            bar.update(done)


def report(runs: "Sequence[regimes.Run]", settings: "regimes.Settings") -> str:
    """The verdict of each cell in words."""
    from gmm_tf.cli import regimes

    wanted = len(regimes.STARTS) * settings.data_sets
    lines = [
        f"Held-out log p(x) after {settings.seconds:g} s of CPU time on one core. A method beats another if",
        f"it is better in {regimes.ENOUGH:.0%} of {wanted} pairs (two starts for each data set), of at least "
        f"{regimes.LEAST_PAIRS}, and by {regimes.MARGIN:g} nats in the median; anything else is a tie.",
        "us: CPU time for a new x, of a draw from a policy or of a whole E-step. left out: posterior mass",
        f"outside the beam; for policies, {regimes.RUNS} has estimates of what they miss.",
    ]
    for cell in settings.cells:
        found = regimes.summary(runs, cell)
        complete = regimes.is_complete(found, settings)
        lines.append(f"\n{cell}" if complete else f"\n{cell}, unfinished: what is said of it may change")
        for line in found:
            left_out = "      -" if line["missed"] is None else f"{line['missed']:>7.3f}"
            beaten = "; ".join(line["beaten_by"]) or "nobody"
            lines.append(
                f"  {line['method']:<23}truth - {line['gap']:>7.4f}  pairs {line['pairs']:>2}  "
                f"{line['microseconds']:>9.1f} us  left out {left_out}  "
                f"{'' if complete else 'so far '}beaten by {beaten}"
            )
        lines.append("  " + verdict(found, wanted))
    return "\n".join(lines)


def verdict(found: Sequence[dict[str, Any]], wanted: int) -> str:
    """The winner of a cell, which beats all other methods, or those that nobody beats."""
    if not found or min(line["pairs"] for line in found) < wanted:
        return "not finished"
    for line in found:
        if len(line["beats"]) == len(found) - 1:
            return f"{line['method']} wins"
    best = [line["method"] for line in found if not line["beaten_by"]]
    return "a tie; not beaten by any method: " + "; ".join(best)


def _draw(folder: Path, runs: "Sequence[regimes.Run]", settings: "regimes.Settings") -> None:
    """Draw how far below the true codebooks each method is over time: the median of its runs."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    from gmm_tf.cli import regimes
    from gmm_tf.plots.style import look

    columns = min(3, len(settings.cells) + 1)
    rows = len(settings.cells) // columns + 1  # the last panel holds the legend
    figure = Figure(figsize=(4 * columns, 3.6 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, cell in zip(panels, settings.cells, strict=False):
        for index, method in enumerate(regimes.methods((1,))):
            own = [each for each in runs if each.cell == cell and each.method == method]
            if own:
                seconds, gaps = regimes.median_gaps(own)
                ax.plot(seconds, gaps, label=method, **look(index, "color", "linestyle"))
        ax.set(title=str(cell), xlabel="seconds of CPU time", ylabel="nats below the truth", yscale="log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("")
    for ax in panels[len(settings.cells) :]:
        ax.axis("off")
    drawn = {line.get_label(): line for ax in panels for line in ax.get_lines()}
    named = [method for method in regimes.methods((1,)) if method in drawn]
    panels[len(settings.cells)].legend([drawn[method] for method in named], named, loc="center")
    figure.savefig(folder / "regimes.png", dpi=120)
