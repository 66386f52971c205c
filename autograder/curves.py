"""Pictures of expected against returned densities, for tasks where a picture says more than words."""

import base64
import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax

from autograder import hierarchical_oracle, interview, oracle, plan
from autograder.tasks import Question

EXPECTED, RETURNED = "#0072b2", "#d55e00"  # told apart by colour-blind readers, and by their dashes
VISIBLE = 0.03  # the least difference, as a share of the highest curve, that is worth a picture


class Curve(NamedTuple):
    """What to ask a task on a grid, and how to read what comes back."""

    question: Question
    x: np.ndarray  # (N,) places on the horizontal axis
    expected: np.ndarray  # (N, number of lines)
    read: Callable[[np.ndarray], np.ndarray]  # what the task returned -> the same; ValueError if it cannot
    lines: tuple  # a name for each
    upright: str  # the vertical axis, and what the caption speaks of
    across: str  # the horizontal axis
    inputs: str


class Picture(NamedTuple):
    """A picture and the same in words."""

    png: str  # base64
    caption: str
    alt: str


GRID = np.linspace(-5, 5, 401, dtype=np.float32)
THREE = tuple(np.float32(v) for v in ([0.8, 0.2, -0.6], [-2.0, 0.5, 3.0], np.log([0.9, 0.4, 0.6])))


def gmm_curves():
    """{task id: its Curves}: parameters of shape (K,), then (K, 1)."""
    doubles = [np.float64(part) for part in (GRID, *THREE)]
    density = np.exp(oracle.log_likelihood(*doubles))[:, None]
    posterior = oracle.posterior(*doubles)
    asked = {"mixture_likelihood": [], "mixture_posterior_logits": []}
    for shape, parameters in (("(K,)", THREE), ("(K, 1)", tuple(part[:, None] for part in THREE))):
        inputs = f"three components, parameters of shape {shape}"
        for name, stand_ins, expected, read, lines, upright in (
            ("mixture_likelihood", (), density, density_of, ("",), "density p(x)"),
            ("mixture_posterior_logits", ("mixture_likelihood",), posterior, posterior_of,
             ("component 1", "component 2", "component 3"), "posterior p(z | x)"),
        ):  # fmt: skip
            question = Question("call", (name, "tensor", GRID[:, None], *parameters), stand_ins)
            asked[name].append(Curve(question, GRID, expected, read, lines, upright, "x", inputs))
    return asked


def density_of(log_density):
    return np.exp(log_density).reshape(len(GRID), 1)


def posterior_of(logits):
    if logits.shape != (len(GRID), len(THREE[0])):
        raise ValueError("not one row for each point")
    return np.exp(log_softmax(logits, axis=1))


def gflownet_curves():
    """{task id: its Curves}: the leaves' posterior along a line across two superclusters."""
    means = np.float32([[-0.6, 0.0], [0.6, 0.3]])
    x = np.linspace(-2.2, 2.2, 301, dtype=np.float32)
    points = np.stack([x, np.full_like(x, 0.6)], axis=1)
    posterior = hierarchical_oracle.posterior(np.float64(points), np.float64(means))
    highest = posterior.max(0)
    i, j = np.unravel_index(np.argsort(-highest.ravel(), kind="stable")[:4], highest.shape)

    def leaves_of(q):
        return q.reshape(posterior.shape)[:, i, j]

    question = Question("exact_posterior", (points, means), ("component_means", "data_log_likelihood"))
    lines = tuple(f"i = {a}, j = {b}" for a, b in zip(i, j, strict=True))
    return {
        "exact_posterior": [
            Curve(question, x, leaves_of(posterior), leaves_of, lines, "posterior p(i, j | x)",
                  "first coordinate of x", "two superclusters; the second coordinate of x is 0.6")
        ]
    }  # fmt: skip


CURVES = {"gmm-two-ways": gmm_curves, "gflownet-em": gflownet_curves}


def pictures(result, rules, worker, seconds=None):
    """{task id: Picture} for wrong answers whose fault can be seen.

    Args:
        result: the `grading.Result`.
        rules: the `tasks.Assignment`.
        worker: a `Worker` to ask with.
        seconds: as for `interview.Conversations`.
    """
    wrong = {n for n, task in result.tasks.items() if task.outcome in ("partial", "wrong")}
    asked = {name: curves for name, curves in CURVES[rules.id]().items() if name in wrong}
    if not asked:
        return {}
    talk = interview.Conversations(result.submission, rules, worker, seconds)
    talk.survey()
    functions, drawn = {task.id: task.name for task in rules.tasks}, {}
    for name, curves in asked.items():
        for curve in curves:
            chapters = plan.chapters_of(functions[name], {"grid": curve.question}, 0)
            answers, *_ = talk.once(chapters, worker.limits.task_seconds)
            returned = curves_in(answers.get("grid"), curve)
            if returned is not None and differs(curve.expected, returned):
                drawn[name] = draw(curve, returned)
                break
    return drawn


def curves_in(answer, curve):
    """The returned lines, or None where the answer has none that can be drawn."""
    if answer is None or not answer.arrived or not isinstance(answer.data.get("value"), np.ndarray):
        return None
    try:
        with np.errstate(all="ignore"):
            return curve.read(np.float64(answer.data["value"]))
    except ValueError:
        return None


def differs(expected, returned):
    """Whether the difference can be seen."""
    there = np.isfinite(returned)
    difference = np.abs(np.where(there, returned, 0) - expected)
    return bool(np.max(difference) > VISIBLE * expected.max())


def draw(curve, returned):
    """The Picture: one panel for each line, expected drawn through, returned dashed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count, highest = len(curve.lines), float(curve.expected.max())
    top = 1.15 * min(np.nanmax(returned, initial=highest, where=np.isfinite(returned)), 4 * highest)
    figure = Figure(figsize=(7.2, 2.5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    panels = np.atleast_1d(figure.subplots(1, count, sharex=True, sharey=True))
    for panel, name, right, own in zip(panels, curve.lines, curve.expected.T, returned.T, strict=True):
        panel.plot(curve.x, right, color=EXPECTED, linewidth=3, alpha=0.55, label="expected")
        panel.plot(curve.x, own, color=RETURNED, linewidth=1.6, linestyle="--", label="returned")
        panel.set_title(name, fontsize=9)
        panel.set_ylim(-0.03 * top, top)
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    panels[0].set_ylabel(curve.upright, fontsize=9)
    figure.supxlabel(curve.across, fontsize=9)
    figure.legend(*panels[0].get_legend_handles_labels(), fontsize=8, frameon=False, ncols=2,
                  loc="outside upper right")  # fmt: skip
    file = io.BytesIO()
    figure.savefig(file, format="png")
    words = most_different(curve, returned)
    return Picture(
        base64.b64encode(file.getvalue()).decode(),
        f"{curve.upright.capitalize()} for {curve.inputs}. {words}",
        f"Line plot of the expected {curve.upright}, drawn through, and the returned one, dashed.",
    )


def most_different(curve, returned):
    """Words for the place where the lines lie farthest apart."""
    distance = np.where(np.isfinite(returned), np.abs(returned - curve.expected), np.inf)
    n, line = np.unravel_index(np.argmax(distance), distance.shape)
    of = f" of {curve.lines[line]}" if curve.lines[line] else ""
    right, own = curve.expected[n, line], returned[n, line]
    place = f"{curve.across} = {curve.x[n]:.2g}"
    return f"The values{of} differ most at {place}: expected {right:.3g}, returned {own:.3g}."
