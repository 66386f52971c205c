"""The machine: what it is, its threads, and Python processes of their own."""

import contextlib
import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import tensorflow as tf
import torch
from threadpoolctl import threadpool_limits

LIBRARIES = "gmm-tf tensorflow keras tensorflow-probability numpy scikit-learn pomegranate torch"


def use_threads(count):
    """The same number of threads for TensorFlow, PyTorch, OpenMP and BLAS."""
    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(count)
    torch.set_num_threads(count)
    threadpool_limits(count)


def describe(threads):
    """What the numbers depend on."""
    model = platform.processor()
    with contextlib.suppress(OSError, StopIteration):
        info = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "threads": threads,
        "omp_wait_policy": os.environ["OMP_WAIT_POLICY"],
        "load_at_start": os.getloadavg()[0],
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in LIBRARIES.split()},
    }


def child(arguments):
    """What a Python process with these arguments prints last, read as JSON."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"Expected exit status 0, got {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
