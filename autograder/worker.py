"""Inside the jail: run a submission's cells, answer probes, send back arrays.

One process imports TensorFlow and then only forks (it runs no operation: a fork after one hangs). Each
conversation has a fork and a socket of its own; the forking process never reads from it, so that it holds
no student's data for the next fork to find. Imports nothing of this project but `wire`.
"""

import array
import ast
import builtins
import importlib
import linecache
import os
import random
import resource
import signal
import socket
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402

del sys.path[0]

SLOW_SECONDS = 0.5


def main(control, preload, memory, jailed):
    """Fork one conversation for each socket that arrives on the file descriptor `control`."""
    for name in preload:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    control = socket.socket(fileno=control)
    control.sendall(b"R")
    while True:
        request, ancillary, _, _ = control.recvmsg(1, socket.CMSG_SPACE(array.array("i").itemsize))
        if not request:
            return
        descriptor = array.array("i", ancillary[0][2])[0]
        assert not tensorflow_has_run(), "the forking process ran a TensorFlow operation"
        child = os.fork()
        if child == 0:
            control.close()
            converse(socket.socket(fileno=descriptor), memory)
        os.close(descriptor)
        _, status = os.waitpid(child, 0)
        if jailed:
            kill_all_others()
        control.sendall(bytes([abs(os.waitstatus_to_exitcode(status)) & 127]))


def tensorflow_has_run():
    context = sys.modules.get("tensorflow.python.eager.context")
    current = context and context._context
    return bool(current and current._context_handle)


def kill_all_others():
    """End everything a fork left behind: -1 means all of this jail's own process namespace."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return


def converse(stream, memory):
    """Read one request, run the cells, answer the questions; never returns."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        for kind, limit in (
            (resource.RLIMIT_DATA, memory),
            (resource.RLIMIT_FSIZE, 64 << 20),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 256),
        ):
            resource.setrlimit(kind, (limit, limit))
        answer(wire.read(stream.makefile("rb").read), lambda frame: stream.sendall(wire.pack(frame)))
    except BaseException:  # noqa: BLE001 - the grader reads an early end as a crash
        os._exit(1)
    os._exit(0)


def answer(request, send):
    """Run the cells, then send one frame for each question.

    Before them come frames about the cells: `started` (so that the grader knows where a hang or a
    crash was), `raised`, and `ready`, with the names that exist and the statements that took long
    and that no function depends on.
    """
    notebook = Notebook(request["preset"])
    for index, cell in enumerate(request["cells"]):
        notebook.run(index, cell["id"], cell["source"], request["skip"], send)
    ready = [name for name in request["names"] if name in notebook.names]
    send({"event": "ready", "names": ready, "needless": notebook.needless()})
    if request["stand_ins"]:
        for statement, _ in parse("<stand-ins>", request["stand_ins"]):
            exec(statement, notebook.names)  # noqa: S102
    probes = {"__name__": "probes"}
    exec(compile(request["probes"], "<probes>", "exec"), probes)  # noqa: S102
    for question in request["questions"]:
        name = question["name"]
        send({"event": "asked", "question": name})
        seed_all(question["seed"])
        notebook.names["FREEDOM"] = question["freedom"]
        try:
            reply = probes[question["probe"]](notebook.names, *question["arguments"])
            frame = {"event": "answer", "question": name, "answer": reply}
            wire.pack(frame)
        except BaseException as error:  # noqa: BLE001 - whatever the student's code raised
            frame = {"event": "error", "question": name, **describe(error)}
        send(frame)


def seed_all(seed):
    import numpy
    import tensorflow

    random.seed(seed)
    numpy.random.seed(seed)
    tensorflow.random.set_seed(seed)


def describe(error):
    """What a person needs of an exception: its type, its words, the student's cell and line."""
    name, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    if not (isinstance(error, SyntaxError) and str(name).startswith("<cell ")):
        name, line, trace = "", 0, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith("<cell "):
                name, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
            trace = trace.tb_next
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an exception of the student's may fail to print
        words = "(its message could not be read)"
    return {
        "type": type(error).__name__[:80],
        "message": words[:600],
        "cell": name[6:-1][:80],
        "line": line or 0,
        "text": linecache.getline(name, line or 0).strip()[:200],
    }


class Notebook:
    """A module `__main__` in which cells run statement by statement, as IPython runs them."""

    def __init__(self, preset):
        module = types.ModuleType("__main__")
        self.names = module.__dict__
        self.names.update(preset, __builtins__=builtins, display=lambda *args, **kwargs: None)
        self.names["get_ipython"] = lambda: Shell(self.names)
        self.preset, self.trees, self.slow = set(preset), {}, []
        sys.modules["__main__"] = module

    def run(self, index, identity, source, skip, send):
        """Run a cell up to the first statement that raises, leaving out those in `skip`."""
        try:
            statements = parse(f"<cell {identity}>", transform(source))
        except Exception as error:  # noqa: BLE001 - a cell that is not Python runs no statement
            send({"event": "raised", "at": [index, 0], "in": identity, **describe(error)})
            return
        for number, (code, tree) in enumerate(statements):
            at = [index, number]
            self.trees[index, number] = tree
            if at in skip:
                continue
            send({"event": "started", "at": at, "in": identity})
            start = time.perf_counter()
            try:
                exec(code, self.names)  # noqa: S102
            except BaseException as error:  # noqa: BLE001 - SystemExit ends a cell, not the grading
                send({"event": "raised", "at": at, "in": identity, **describe(error)})
                return
            if time.perf_counter() - start > SLOW_SECONDS:
                self.slow.append(at)

    def needless(self):
        """Slow statements that bind nothing a function or class of the notebook may look up.

        What is preset need not be bound.
        """
        needed = set()
        for tree in self.trees.values():
            if isinstance(tree, ast.FunctionDef | ast.ClassDef):
                needed |= names_in(tree, ast.Load)
        before = None
        while before != len(needed):
            before = len(needed)
            for tree in self.trees.values():
                if bound_by(tree) & needed:
                    needed |= names_in(tree, ast.Load)
        needed -= self.preset
        return [at for at in self.slow if not bound_by(self.trees[tuple(at)]) & needed]


def names_in(tree, context):
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


def bound_by(tree):
    """Names that a statement sets, or sets a part of (`a.b = 1` counts for `a`)."""
    if isinstance(tree, ast.FunctionDef | ast.ClassDef):
        return {tree.name}
    if isinstance(tree, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in tree.names}
    loops = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.For)
        for name in names_in(node.target, ast.Store)
    }
    parts = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
        for name in names_in(node, ast.Load)
    }
    return names_in(tree, ast.Store) - loops | parts


def parse(name, source):
    """(code, tree) of each statement; the text is put where tracebacks and AutoGraph look for it."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    tree = ast.parse(source, name)
    return [(compile(ast.Module([node], []), name, "exec"), node) for node in tree.body]


def transform(source):
    """Magics and shell lines as calls of `get_ipython()`; a timing magic leaves its cell as it is."""
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        timing = first.split()[0] in {"%%time", "%%timeit", "%%capture", "%%prun"}
        source = "\n" + rest if timing else ""
    if not any(mark in source for mark in "%!?"):
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(source)


class Shell:
    """What `get_ipython()` returns: `%time` runs its statement, every other magic does nothing."""

    def __init__(self, names):
        self.names = names

    def run_line_magic(self, name, line, *rest):
        if name in {"time", "timeit", "prun"}:
            exec(line, self.names)  # noqa: S102

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3]), sys.argv[4] == "jailed")
