"""Pictures of expected against returned densities, for tasks where a picture says more than words."""

import base64
import io
from typing import NamedTuple

import numpy as np

from autograder.engine import interview, plan
from autograder.engine.assignment import Assignment
from autograder.engine.curve import Curve
from autograder.engine.grading import Result
from autograder.engine.judge import Answer, Outcome
from autograder.jail import Worker

EXPECTED, RETURNED = "#0072b2", "#d55e00"  # told apart by colour-blind readers, and by their dashes
VISIBLE = 0.03  # the least difference, as a share of the highest curve, that is worth a picture


class Picture(NamedTuple):
    """A picture and the same in words."""

    png: str  # base64
    caption: str
    alt: str


def pictures(
    result: Result, rules: Assignment, worker: Worker, seconds: float | None = None
) -> dict[str, Picture]:
    """{task id: Picture} for wrong answers whose fault can be seen.

    Args:
        result: the `grading.Result`.
        rules: the `Assignment`.
        worker: a `Worker` to ask with.
        seconds: as for `interview.Conversations`.
    """
    wrong = {n for n, task in result.tasks.items() if task.outcome in (Outcome.PARTIAL, Outcome.WRONG)}
    asked = {name: curves for name, curves in rules.curves().items() if name in wrong}
    if not asked or result.submission is None:
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


def curves_in(answer: Answer | None, curve: Curve) -> np.ndarray | None:
    """The returned lines, or None where the answer has none that can be drawn."""
    if answer is None or not answer.arrived or not isinstance(answer.data.get("value"), np.ndarray):
        return None
    try:
        with np.errstate(all="ignore"):
            return curve.read(answer.array("value"))
    except ValueError:
        return None


def differs(expected: np.ndarray, returned: np.ndarray) -> bool:
    """Whether the difference can be seen."""
    there = np.isfinite(returned)
    difference = np.abs(np.where(there, returned, 0) - expected)
    return bool(np.max(difference) > VISIBLE * expected.max())


def draw(curve: Curve, returned: np.ndarray) -> Picture:
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
    figure.legend(
        *panels[0].get_legend_handles_labels(), fontsize=8, frameon=False, ncols=2, loc="outside upper right"
    )
    file = io.BytesIO()
    figure.savefig(file, format="png")
    words = most_different(curve, returned)
    return Picture(
        base64.b64encode(file.getvalue()).decode(),
        f"{curve.upright.capitalize()} for {curve.inputs}. {words}",
        f"Line plot of the expected {curve.upright}, drawn through, and the returned one, dashed.",
    )


def most_different(curve: Curve, returned: np.ndarray) -> str:
    """Words for the place where the lines lie farthest apart."""
    distance = np.where(np.isfinite(returned), np.abs(returned - curve.expected), np.inf)
    n, line = np.unravel_index(np.argmax(distance), distance.shape)
    of = f" of {curve.lines[line]}" if curve.lines[line] else ""
    right, own = curve.expected[n, line], returned[n, line]
    place = f"{curve.across} = {curve.x[n]:.2g}"
    return f"The values{of} differ most at {place}: expected {right:.3g}, returned {own:.3g}."
