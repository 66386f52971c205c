"""When a fit stops: one rule for compiled loops, streams, workers and extrapolated steps."""

import math
from typing import Any, NamedTuple, TypeAlias

import tensorflow as tf

from gmm_tf.shapes import Bool, Tensor

# Consecutive steps that must gain too little, because float32 sums round; all steps in a shorter fit.
PATIENCE = 3


# A number, or a tensor in compiled loops.
Number: TypeAlias = Any


class Rule(NamedTuple):
    """What ends a fit: calm steps in a row, or enough of all steps."""

    tol: Number  # gain, relative to the objective, below which a step counts as stalled; -inf for none
    patience: Number  # stalled steps in a row that end a fit
    max_steps: Number


class Progress(NamedTuple):
    """State of the rule: summary of the objectives so far, one before each step and one after the last."""

    last: Number = -math.inf  # objective
    calm: Number = 0  # stalled steps in a row
    seen: Number = 0  # objectives


def rule(tol: float, max_steps: int) -> Rule:
    """The Rule of a fit of at most max_steps; tol = 0 runs them all."""
    # Rounding can make a gain negative.
    return Rule(tol if tol > 0 else -math.inf, min(PATIENCE, max_steps), max_steps)


def too_little(now: Number, last: Number, tol: Number) -> Bool[Tensor, ""] | bool:
    """Whether the gain is below tol times max(1, |objective|)."""
    gain = now - last
    return (gain < tol) | (gain < tol * abs(now))


def after(progress: Progress, now: Number, rule: Rule) -> Progress:
    """The Progress with one more objective."""
    calm = tf.where(too_little(now, progress.last, rule.tol), progress.calm + 1, 0)
    return Progress(now, calm, progress.seen + 1)


def is_converged(progress: Progress, rule: Rule) -> bool:
    """Whether the last steps were all stalled; not for symbolic tensors."""
    return bool(progress.calm >= rule.patience)


def has_ended(progress: Progress, rule: Rule) -> Bool[Tensor, ""] | bool:
    """Whether the fit is to stop."""
    return (progress.calm >= rule.patience) | (progress.seen > rule.max_steps)
