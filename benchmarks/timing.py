"""Seconds of fits that take turns."""

import numpy as np

STEPS = 20


def in_turn(fits, repeats):
    """Seconds of each fit at each repeat, of a first call before these, and the last results.

    Args:
        fits: {name: function without arguments that returns a `Fit`}.
        repeats: rounds that count, after one that does not.
    """
    rounds = [{name: fit() for name, fit in fits.items()} for _ in range(1 + repeats)]
    seconds = {name: [done[name].seconds for done in rounds] for name in fits}
    return {n: s[1:] for n, s in seconds.items()}, {n: s[0] for n, s in seconds.items()}, rounds[-1]


def time_em(problem, fits, repeats):
    """Seconds of a step and of a call of 20 steps, and the fits after 20 steps.

    Args:
        problem: a `Problem`.
        fits: {name: function (problem, steps) that returns a `Fit`}, with "gmm_tf" among them.
        repeats: rounds that count.
    """
    low, high = (1, STEPS) if len(problem.x) * problem.k * problem.dim >= 1e5 else (STEPS, 1000)
    calls = {
        (name, steps): lambda fit=fit, steps=steps: fit(problem, steps)
        for name, fit in fits.items()
        for steps in (low, high)
    }
    seconds, first, results = in_turn(calls, repeats)
    gained = {name: np.subtract(seconds[name, high], seconds[name, low]) for name in fits}
    times = {
        "step_seconds": {name: median(gained[name]) / (high - low) for name in fits},
        "call_seconds": {name: median(seconds[name, STEPS]) for name in fits},
        "compile_seconds": first["gmm_tf", STEPS] - median(seconds["gmm_tf", STEPS]),
        "first_call_seconds": {f"{name}, {steps} steps": value for (name, steps), value in first.items()},
        "seconds": {f"{name}, {steps} steps": values for (name, steps), values in seconds.items()},
    }
    return times, {name: results[name, STEPS] for name in fits}


def median(values):
    return float(np.median(values))
