"""Inside the jail: run a submission's cells, answer probes, send back arrays.

One process imports TensorFlow and then only forks (it runs no operation: a fork after one hangs). Each
conversation has a fork and a socket of its own, and in the jail namespaces of its own; the forking
process never reads from the socket, so that it holds no student's data for the next fork to find. Imports
nothing of this project but what lies beside it.
"""

import array
import functools
import gc
import importlib
import json
import math
import os
import random
import socket
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cells
import confinement
import kinds
import recording
import wire

del sys.path[0]

# Cores that a fork may keep busy for all of its time.
CORES = 2


def main(control: int, settings: int) -> None:
    """Import what submissions will, say whether they may share this process and what the system lacks; serve.

    Args:
        control: a file descriptor of a socket to the grader.
        settings: a file descriptor with JSON: the `kind` of jail, modules to `preload`, `cells` to compile,
            bytes of `memory` of a process, and what the kind needs besides.
    """
    grader = socket.socket(fileno=control)
    with open(settings) as file:
        wanted = json.load(file)
    try:
        jail = kinds.KINDS[wanted["kind"]](wanted, grader)
    except PermissionError as refusal:
        sys.exit(str(refusal))
    for name in wanted["preload"]:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    cells.compile_all(wanted["cells"])
    # Its rewriting of graphs takes longer than it saves for graphs that run a few times.
    sys.modules["tensorflow"].config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    gc.collect()
    gc.freeze()  # else each fork's collections would write to all of this memory, and so copy it
    jail.settle()
    grader.sendall(wire.pack({"shareable": jail.shareable, "lacking": jail.lacking}))
    serve(jail, grader, wanted["memory"])


def serve(jail: Any, control: socket.socket, memory: int) -> None:
    """Fork one conversation for each socket that arrives, and say in one byte how each fork ended.

    `K` ends the fork; `F` comes with a socket, the seconds, and the bytes of memory that all of the fork's
    processes may use together.

    Args:
        jail: one of `kinds.Jail`.
        memory: bytes that each process may have.
    """
    while True:
        request, ancillary, _, _ = control.recvmsg(32, socket.CMSG_SPACE(array.array("i").itemsize))
        if not request:
            return
        request = request.lstrip(b"K")  # those that came after the fork had ended
        if not request:
            continue
        seconds, together = wire.FORK.unpack(request[1:])
        descriptor = array.array("i", ancillary[0][2])[0]
        assert not tensorflow_has_run(), "the forking process ran a TensorFlow operation"

        def talk(*place, descriptor=descriptor, seconds=seconds):
            keep_only(descriptor)
            cpu_seconds = math.ceil(CORES * seconds) + 1
            confinement.limit_resources(memory, cpu_seconds, jail.counts_tasks)
            jail.confine(*place)
            converse(socket.socket(fileno=descriptor))

        fork = jail.fork(talk)
        os.close(descriptor)
        reason, well = jail.attend(fork, control, together, CORES * seconds)
        control.sendall(reason or (b"0" if well else b"1"))


def keep_only(descriptor: int) -> None:
    """Leave no open file to the conversation but its socket and /dev/null."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for name in os.listdir("/dev/fd"):
        if int(name) not in (0, 1, 2, descriptor):
            try:
                os.close(int(name))
            except OSError:
                continue  # the one that listed the folder


def converse(stream: socket.socket) -> None:
    """Read one request, run the cells, answer the questions as they come."""
    file = stream.makefile("rb")
    answer(lambda: wire.read(file.read), lambda frame: stream.sendall(wire.pack(frame)))


def answer(receive: Callable[[], Any], send: Callable[[dict], None]) -> None:
    """Run the cells, then send one frame for each question.

    Before them come frames about the cells: `started` (so that the grader knows where a hang or a
    crash was), `raised`, and `ready`, with the names that exist. The probes, the right functions and
    each question arrive only when it is their turn; an answer carries its question's token. Right
    functions come into the namespace as the cells left it.
    """
    request = receive()
    notebook = cells.Notebook(request["preset"], request["names"])
    skip = set(map(tuple, request["skip"]))
    for index, cell in enumerate(request["cells"]):
        notebook.run(index, cell, skip, send)
    notebook.run_again(send)
    ready = [name for name in request["names"] if name in {*notebook.names, *notebook.bindings.defined}]
    send({"event": "ready", "names": ready})
    material = receive()
    if material is None:
        return
    probes, after_cells = {"__name__": "probes"}, dict(notebook.names)
    exec(compile(material["probes"], "<probes>", "exec"), probes)  # noqa: S102
    while (message := receive()) is not None:
        if "stand_ins" in message:
            chapter = message
            seed_all(chapter["seed"])
            continue
        question = message
        about = {"question": question["name"], "token": question["token"]}
        notebook.names.clear()
        notebook.names.update(notebook.bindings.for_task(chapter["task"], after_cells))
        try:
            undo_settings(notebook.bindings.precision.get(chapter["task"]))
            reply = answered(question, notebook.names, probes, chapter["stand_ins"])
            frame = {"event": "answer", **about, "answer": reply}
            wire.pack(frame, question["numbers"])
        except BaseException as error:  # noqa: BLE001 - whatever the student's code raised
            frame = {"event": "error", **about, **cells.describe(error)}
        send(frame)


def answered(question: dict, names: dict, probes: dict, stand_ins: str) -> dict:
    """What the probe of a question returns.

    The right functions live in a namespace of their own, so that nothing of the student's changes them, and
    none of their helpers changes the student's.
    """
    scope = {"__name__": "stand_ins", "FREEDOM": question["freedom"]}
    exec(compiled(stand_ins), scope)  # noqa: S102
    names.update({n: value for n, value in scope.items() if n != "FREEDOM" and not n.startswith("_")})
    probes["RIGHT"] = scope
    if not question["watch"]:
        return probes[question["probe"]](names, *question["arguments"])
    import tensorflow

    eagerly = tensorflow.config.functions_run_eagerly()
    tensorflow.config.run_functions_eagerly(True)  # else values do not show while functions are traced
    recorder = recording.Recorder(names, question["watch"], question["replace"], question["numbers"] // 2)
    try:
        reply = probes[question["probe"]](names, *question["arguments"])
    finally:
        tensorflow.config.run_functions_eagerly(eagerly)
    return {**reply, "calls": recorder.calls}


@functools.lru_cache(maxsize=16)
def compiled(stand_ins: str) -> types.CodeType:
    """The code of right functions, the same for all questions of a chapter. Only forks compile any."""
    return compile(stand_ins, "<stand-ins>", "exec")


def undo_settings(precision: tuple | None) -> None:
    """Have NumPy and Python warn as they do by default, and Keras compute as it did for a task.

    The notebook's settings, such as `np.seterr(all="raise")`, hold for the right functions as well.

    Args:
        precision: from `bindings.precision`.
    """
    import keras
    import numpy

    numpy.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    warnings.simplefilter("ignore")
    if precision:
        keras.config.set_floatx(precision[0])
        keras.config.set_dtype_policy(precision[1])


def seed_all(seed: int) -> None:
    """Seed all draws, with a number that this fork has not had yet."""
    import numpy

    random.seed(seed)
    numpy.random.seed(seed)
    seed_tensorflow(seed)


# --- What TensorFlow keeps to itself: tests/grader/test_foreign.py fails where it moves.


def tensorflow_has_run() -> bool:
    context = sys.modules.get("tensorflow.python.eager.context")
    current = context and context._context
    return bool(current and current._context_handle)


def seed_tensorflow(seed: int) -> None:
    """As `tf.random.set_seed`, which also forgets all compiled operations, so that the same seed draws the
    same again; to compile them again takes longer than most answers."""
    from tensorflow.python.eager import context

    context.context()._seed = seed
    context.context()._rng = random.Random(seed)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
