"""When a fit stops: one rule for compiled loops, streams, workers and extrapolated steps."""

import math
from typing import NamedTuple

import tensorflow as tf

# Consecutive steps that must gain too little, because float32 sums round; all steps in a shorter fit.
PATIENCE = 3


class Rule(NamedTuple):
    """What ends a fit: calm steps in a row, or enough of all steps. Numbers, or tensors when compiled."""

    tol: float  # gain, relative to the objective, below which a step counts as stalled; -inf for none
    patience: int  # stalled steps in a row that end a fit
    max_steps: int


class Progress(NamedTuple):
    """State of the rule: summary of the objectives so far, one before each step and one after the last."""

    last: float = -math.inf  # objective
    calm: int = 0  # stalled steps in a row
    seen: int = 0  # objectives


def rule(tol, max_steps):
    """The Rule of a fit of at most max_steps; tol = 0 runs them all."""
    # Rounding can make a gain negative.
    return Rule(tol if tol > 0 else -math.inf, min(PATIENCE, max_steps), max_steps)


def too_little(now, last, tol):
    """Whether the gain is below tol times max(1, |objective|)."""
    gain = now - last
    return (gain < tol) | (gain < tol * abs(now))


def after(progress, now, rule):
    """The Progress with one more objective."""
    calm = tf.where(too_little(now, progress.last, rule.tol), progress.calm + 1, 0)
    return Progress(now, calm, progress.seen + 1)


def is_converged(progress, rule):
    """Whether the last steps were all stalled; not for symbolic tensors."""
    return bool(progress.calm >= rule.patience)


def has_ended(progress, rule):
    """Whether the fit is to stop."""
    return (progress.calm >= rule.patience) | (progress.seen > rule.max_steps)
