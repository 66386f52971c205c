"""What every kind of jail shows and hides: the worker's program, the Python environment, this project."""

import os
import tempfile
from pathlib import Path
from typing import NamedTuple

INSIDE = Path(__file__).resolve().parent / "inside"
PACKAGE = INSIDE.parents[1]
JAILED_PROGRAM = """
    worker.py wire.py bindings.py cells.py confinement.py forks.py groups.py kinds.py magics.py recording.py
    semaphores.py
""".split()
VARIABLES = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "LANG": "C.UTF-8",
}


class JailUnavailable(RuntimeError):
    """This machine cannot isolate a submission; the message says why and what to do."""


class Launch(NamedTuple):
    """How to start a worker: its two descriptors follow as the last arguments.

    Args:
        program: path of what is run.
        command: its arguments, from the name on.
        variables: the whole environment; None: the grader's own.
        descriptors: files that stay open in it.
        settings: what the worker needs to know of its kind of jail.
        read_first: paths whose times of access must not tell what a submission read.
    """

    program: str
    command: list[str]
    variables: dict[str, str] | None
    descriptors: list[int] = []
    settings: dict = {}
    read_first: tuple[str, ...] = ()


def project_folders() -> list[Path]:
    """Where this project is: the whole checkout, or what is installed of it."""
    root = PACKAGE.parent
    if (root / "pyproject.toml").is_file():
        return [root]
    return [path for path in (PACKAGE, root / "gmm_tf") if path.is_dir()]


def file_with(data: bytes) -> int:
    """A descriptor from which `data` can be read."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return os.dup(file.fileno())
