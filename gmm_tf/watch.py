"""Callbacks that show a run of EM while it runs.

tree_em(x, start, Beam(64), callback=watch.progress_bar(60))
gflownet_em(x, start, callback=watch.each(watch.progress_bar(60), watch.tensorboard("logs/first")))
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from gmm_tf.hierarchical_em import State
from gmm_tf.inputs import check_count

__all__ = ["each", "progress_bar", "tensorboard"]

Callback = Callable[[State], bool | None]


def progress_bar(iterations: int = 60) -> Callback:
    """A bar with the time left, the objective and the log-likelihood of the latest iteration.

    Args:
        iterations: as passed to `tree_em`, >= 1.
    """
    check_count("iterations", iterations)
    names = ["objective", "log_likelihood"]
    bar = keras.utils.Progbar(iterations, stateful_metrics=names, unit_name="iteration")

    def show(state: State) -> None:
        bar.update(
            state.iteration, [(name, float(value)) for name, value in zip(names, _latest(state), strict=True)]
        )

    return show


def tensorboard(folder: str) -> Callback:
    """Writes event files that `tensorboard --logdir FOLDER` shows.

    `objective` and `log_likelihood` have one value per iteration. `loss` has one per Adam step of a policy,
    numbered through all E-steps. `means/k/d` is coordinate d of mean k before the iteration's M-step.

    Args:
        folder: new or empty; use one for each run.
    """
    writer = tf.summary.create_file_writer(str(folder))

    def write(state: State) -> None:
        with writer.as_default(step=state.iteration):
            for name, value in zip(("objective", "log_likelihood"), _latest(state), strict=True):
                tf.summary.scalar(name, value)
            for (k, d), value in np.ndenumerate(state.path[-1]):
                tf.summary.scalar(f"means/{k}/{d}", value)
            # Counted in the state, since a run that resumes has a new callback.
            *before, losses = (() if each is None else each for each in state.losses)
            for step, loss in enumerate(losses, sum(map(len, before))):
                tf.summary.scalar("loss", loss, step=step)
        writer.flush()

    return write


def each(*callbacks: Callback) -> Callback:
    """One callback that calls all of these in turn; the run ends as soon as any of them returns True."""
    return lambda state: any([callback(state) for callback in callbacks])


def _latest(state: State) -> tuple[float, float]:
    """(objective, log-likelihood) of the last iteration."""
    return state.objective[-1], state.log_likelihoods[-1]
