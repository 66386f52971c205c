"""The pace of a compiled loop, and its progress bar."""

import time

import keras

from gmm_tf.loops import STEPS

# Compiled loops return to Python about this often, in seconds, to update the progress bar.
SECONDS = 0.5
# A first guess at how long a step takes: numbers for each observation, component and dimension.
NUMBERS_A_SECOND = 1e9


class Bar:
    """Keras's progress bar, and how many steps a compiled loop takes until the next look at it."""

    def __init__(self, verbose: int, steps: int, numbers: float) -> None:
        self.bar = keras.utils.Progbar(steps, unit_name="step") if verbose else None
        self.done, self.pace = 0, numbers / NUMBERS_A_SECOND

    def next_limit(self, done: int, most: int) -> int:
        self.since = time.perf_counter()
        self.last = max(1, min(int(SECONDS / self.pace), STEPS, most - done))
        return self.last

    def show(self, done: int, **values: float) -> None:
        self.pace = max(1e-9, (time.perf_counter() - self.since) / self.last)
        if self.bar is not None:
            # The last E-step has no M-step, so it does not count as a step.
            self.done = min(self.done + self.last, self.bar.target)
            self.bar.update(self.done, values=list(values.items()), finalize=False)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.update(self.done, finalize=True)
