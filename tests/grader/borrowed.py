"""Stands for the workers that grading starts, so that several gradings use one."""

from autograder.engine import grading
from autograder.jail import DEFAULT_LIMITS

# All that notebooks import: for another module the worker would start again.
PRELOAD = (
    "tensorflow_probability",
    "scipy",
    "scipy.stats",
    "scipy.special",
    "pandas",
    "tqdm",
    "matplotlib",
    "matplotlib.pyplot",
)


def ready(running):
    """The worker, started by this thread: a jail ends with the thread that started it, such as a pool's."""
    if running.process is not None and running.process.poll() is not None:
        running.stop()
    if not running.ready:
        running.start()
    return running


class Borrowed:
    """Stands for a worker that somebody starts for one submission; another one holds its conversations."""

    def __init__(self, running, limits):
        self.running, self.limits = running, limits

    def __getattr__(self, name):
        return getattr(self.running, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def launch(self):
        ready(self.running)

    def start(self):
        pass

    def stop(self):
        pass


def lend(running, patch):
    """Who grades a notebook or a class, checks a file, or makes a release, waits for no worker of its own."""
    from autograder.course import releasing, workers
    from autograder.student import checking

    def borrow(limits=DEFAULT_LIMITS, jailed=True, preload=(), private=(), python=None, cells=None):
        assert jailed and python is None
        running.prepare(preload)
        return Borrowed(running, limits)

    for module in (grading, checking, releasing):
        patch.setattr(module, "Worker", borrow)
    patch.setattr(workers, "_Worker", borrow)
