"""gmm_tf against its peers, in turn in one run.

Seconds of an EM step are (T(b) - T(a)) / (b - a), the same for everyone, where T(n) is the time of
a call that runs n steps from the shared start: what a call does once (checks, conversions,
scikit-learn's last E step) cancels. (a, b) is (1, 20), or (20, 1000) where steps are short. The
column "call" is the ratio of whole calls of 20 steps, T(20), with all that. Gradient fits and
imports are whole calls. Numbers are medians over repeats, in which the contestants take turns;
before these comes one that does not count, in which ours compiles.

All may use the same number of threads. Those of OpenMP (PyTorch, scikit-learn) sleep while they
wait, unless OMP_WAIT_POLICY says otherwise: when others use the machine too, spinning slows these
peers manyfold.
"""

import os

# The libraries read these when they load.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sys
from pathlib import Path

import machine
import report
import scaling
from fits import ours, ours_gradient, scikit_learn
from peers import assignment_gradient, pomegranate, tfp_eager
from problem import course_problem, random_problem
from report import Line, ratio_line
from timing import STEPS, in_turn, median, time_em

STREAM = str(Path(__file__).with_name("stream.py"))


def em_many_points(options):
    """EM, 1-D, 10^6 points; against scikit-learn, pomegranate, TensorFlow Probability."""
    targets = {scikit_learn: 50, pomegranate: 9, tfp_eager: None}
    return compare_em(course_problem(options.size(1e6)), targets, 1e-5, options.repeats)


def em_few_points(options):
    """EM, 1-D, 5,000 points; against scikit-learn."""
    return compare_em(course_problem(5000), {scikit_learn: 8}, 1e-5, options.repeats)


def em_full(options):
    """EM, 16-D, full covariances; against scikit-learn, pomegranate."""
    problem = random_problem(options.size(2e5), 16, 16, "full")
    return compare_em(problem, {scikit_learn: 15, pomegranate: 6}, 1e-4, options.repeats)


def em_many_components(options):
    """EM, 2-D, 64 components; against scikit-learn, pomegranate."""
    problem = random_problem(options.size(1e6), 64, 2, "diag")
    return compare_em(problem, {scikit_learn: 50, pomegranate: 40}, 1e-4, options.repeats)


def gradient(options):
    """3,000 Adam steps on 5,000 points; against 200 steps of the assignment's eager loop."""
    problem, steps, eager_steps = course_problem(5000), 3000, 200
    fits = {
        "gmm_tf": lambda: ours_gradient(problem, steps),
        "eager": lambda: assignment_gradient(problem, eager_steps),
    }
    seconds, first, _ = in_turn(fits, options.repeats)
    per_step = {
        "gmm_tf": median(seconds["gmm_tf"]) / steps,
        "eager": median(seconds["eager"]) / eager_steps,
    }
    short = ours_gradient(problem, eager_steps)
    difference = short.difference(assignment_gradient(problem, eager_steps))
    what = f"ms a step of Adam: eager loop, N={len(problem.x):,}"
    lines = [
        ratio_line(what, per_step, "eager", 1e3, at_least=40),
        Line(f"difference after {eager_steps} steps each", difference, None, difference, at_most=1e-4),
    ]
    compile_seconds = first["gmm_tf"] - median(seconds["gmm_tf"])
    return lines, {"seconds": seconds, "steps": [steps, eager_steps], "compile_seconds": compile_seconds}


def stream(options):
    """Peak memory (MB) of one epoch over a stream; against a hundredth of the points. Once."""
    few, many = (machine.child([STREAM, str(n)]) for n in (options.stream / 100, options.stream))
    grown = many["peak_mb"] - few["peak_mb"]
    what = f"peak MB for {options.stream:.0e} points streamed; for 1/100"
    return [Line(what, many["peak_mb"], few["peak_mb"], grown, at_most=300)], {"few": few, "many": many}


def cost(options):
    """Cost of an EM step against N, K and D; gmm_tf alone."""
    n = options.size(1e5)
    sizes = [options.size(size) for size in (1e4, 1e5, 1e6, 1e7, 1e8)]
    series = {
        "N": {size: lambda size=size: course_problem(size) for size in sizes},
        "K": {k: lambda k=k: random_problem(n, k, 2, "diag") for k in (2, 8, 32, 128)},
    }
    for covariance in ("diag", "full"):
        series[f"D, {covariance}"] = {
            dim: lambda dim=dim, kind=covariance: random_problem(n, 8, dim, kind)
            for dim in (1, 2, 4, 8, 16, 32)
        }
    lines, steps = [], {}
    for name, problems in series.items():
        step = {
            size: time_em(make(), {"gmm_tf": ours}, options.repeats)[0]["step_seconds"]["gmm_tf"]
            for size, make in problems.items()
        }
        steps[name] = {"sizes": list(step), "step_seconds": list(step.values())}
        low, high = min(step), max(step)
        what = f"ms a step at {name} = {high:,}; at {low:,}"
        lines.append(Line(what, 1e3 * step[high], 1e3 * step[low], step[high] / step[low]))
    details = {"series": steps, "fixed": {"N": "D=1 K=5", "K": f"N={n:,} D=2", "D": f"N={n:,} K=8"}}
    if options.figure:
        scaling.draw(details, options.figure)
    return lines, details


def imports(options):
    """Seconds of importing all names of gmm_tf; against `import tensorflow`."""
    clock = "import json, time; a = time.perf_counter(); {}; b = time.perf_counter(); "
    all_names = "from gmm_tf import *"
    after = clock.format("import tensorflow") + all_names
    after += "; print(json.dumps([b - a, time.perf_counter() - b]))"
    alone = clock.format(all_names) + "print(json.dumps(b - a))"
    seconds = {"tensorflow": [], "gmm_tf after it": [], "gmm_tf": []}
    for _ in range(options.repeats):
        both = machine.child(["-c", after])
        for name, value in zip(seconds, [*both, machine.child(["-c", alone])], strict=True):
            seconds[name].append(value)
    tensorflow, extra, whole = (median(values) for values in seconds.values())
    lines = [
        Line("s to import after tensorflow, one process", extra, tensorflow, extra, at_most=0.2),
        Line("s to import; tensorflow in another process", whole, tensorflow, whole - tensorflow),
    ]
    return lines, {"seconds": seconds}


ROWS = {
    "a": em_many_points,
    "b": em_few_points,
    "c": em_full,
    "d": em_many_components,
    "e": gradient,
    "f": stream,
    "g": cost,
    "h": imports,
}


def compare_em(problem, targets, tolerance, repeats):
    """Lines and details of a race between gmm_tf and peers, given as {peer: least ratio}."""
    peers = {peer.__name__: peer for peer in targets}
    times, fits = time_em(problem, {"gmm_tf": ours, **peers}, repeats)
    lines = []
    for peer, target in targets.items():
        what = f"ns a point and step: {peer.__name__}, {problem}"
        call = times["call_seconds"][peer.__name__] / times["call_seconds"]["gmm_tf"]
        unit = 1e9 / len(problem.x)
        lines.append(ratio_line(what, times["step_seconds"], peer.__name__, unit, call, target))
    off = {name: fit.difference(fits["scikit_learn"]) for name, fit in fits.items()}
    what = f"largest difference from scikit_learn after {STEPS} steps"
    lines.append(Line(what, off["gmm_tf"], off.get("pomegranate"), off["gmm_tf"], at_most=tolerance))
    return lines, {**times, "problem": str(problem), "difference_from_scikit_learn": off}


def parse(arguments):
    parser = report.parser(__doc__, ROWS, Path("build/bench/mixture.json"))
    parser.add_argument("--shrink", type=float, default=1, help="for a trial: divides N of rows a, c, d, g")
    parser.add_argument("--stream", type=float, default=1e8, help="points of row f, a multiple of 1e7")
    parser.add_argument("--figure", type=Path, help="where row g draws its series, PNG")
    options = report.chosen_rows(parser, ROWS, arguments)
    if options.figure and "g" not in options.only:
        parser.error("Expected row g with --figure, which draws it; add g to --only.")
    options.size = lambda n: int(n / options.shrink)
    return options


def main(arguments=None):
    options = parse(arguments)
    return report.run(ROWS, options, shrink=options.shrink)


if __name__ == "__main__":
    sys.exit(main())
