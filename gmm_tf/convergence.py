"""When a fit stops: one rule for compiled loops, streams, workers and extrapolated steps."""

import math
from typing import NamedTuple

import tensorflow as tf

# Steps in a row that must gain too little, as sums in float32 round; all of them in a shorter fit.
PATIENCE = 3


class Rule(NamedTuple):
    """What ends a fit: calm steps in a row, or enough of all steps. Numbers, or tensors when compiled."""

    tol: float  # gain, relative to the objective, below which a step is calm; -inf for none
    patience: int  # calm steps in a row that end a fit
    max_steps: int


class Progress(NamedTuple):
    """What the rule must know of the objectives so far: one before each step, and one after the last."""

    last: float = -math.inf  # objective
    calm: int = 0  # steps in a row that gained too little
    seen: int = 0  # objectives


def rule(tol, max_steps):
    """The Rule of a fit of at most max_steps; tol = 0 runs them all."""
    # Rounding can make a gain negative.
    return Rule(tol if tol > 0 else -math.inf, min(PATIENCE, max_steps), max_steps)


def too_little(now, last, tol):
    """Whether the gain is below tol times the size of the objective (times 1 if that is larger)."""
    gain = now - last
    return (gain < tol) | (gain < tol * abs(now))


def after(progress, now, rule):
    """The Progress with one more objective."""
    calm = tf.where(too_little(now, progress.last, rule.tol), progress.calm + 1, 0)
    return Progress(now, calm, progress.seen + 1)


def is_converged(progress, rule):
    """Whether the last steps each gained too little; not for symbolic tensors."""
    return bool(progress.calm >= rule.patience)


def has_ended(progress, rule):
    """Whether no further step is to be taken."""
    return (progress.calm >= rule.patience) | (progress.seen > rule.max_steps)
