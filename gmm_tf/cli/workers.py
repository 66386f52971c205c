"""Runs of an experiment in processes of their own, each on one core."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")
# Threads of matrix products would run on the other worker's core, and wait there in CPU time.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def results(jobs: int, function: Callable[..., T], calls: Sequence[tuple[Any, ...]]) -> Iterator[T]:
    """Yield what a function of a module returns for the arguments of each call, in the order of their ends.

    Args:
        jobs: number of processes.
    """
    # NumPy reads it when a worker imports it, which is before the worker's initializer.
    os.environ.update(ONE_THREAD)
    context = get_context("spawn")
    with ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_one_core, initargs=(context.Value("i", 0),)
    ) as pool:
        waiting = [pool.submit(function, *call) for call in calls]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one_core(workers: Any) -> None:
    """Keep a worker on a core of its own."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with workers.get_lock():
        index, workers.value = workers.value, workers.value + 1
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[index % len(cores)]})
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
