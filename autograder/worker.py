"""Inside the jail: run a submission's cells, answer probes, send back arrays.

One process imports TensorFlow and then only forks (it runs no operation: a fork after one hangs). Each
conversation has a fork and a socket of its own, and in the jail namespaces of its own; the forking
process never reads from the socket, so that it holds no student's data for the next fork to find. Imports
nothing of this project but `wire`, `confinement`, `forks` and `recording`.
"""

import __future__

import array
import ast
import builtins
import gc
import importlib
import importlib.util
import linecache
import math
import os
import random
import re
import socket
import struct
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import confinement  # noqa: E402
import forks  # noqa: E402
import recording  # noqa: E402
import wire  # noqa: E402

del sys.path[0]

SLOW_SECONDS = 0.5
# Where IPython may have something to transform; its own look at the tokens takes long.
MAGIC = re.compile(r"^\s*[%!?]|=\s*[%!]|\?\s*(#.*)?$", re.M)
NOBODY = 65534
# Exit status where that number cannot be had, or cannot read the environment.
NO_NOBODY = 77
# Cores that a fork may keep busy for all of its time.
CORES = 2
DEFINITIONS = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def main(control, preload, memory, jailed):
    """Fork one conversation for each socket that arrives on the file descriptor `control`.

    Says first whether a fork can have namespaces of its own, so that submissions may share this
    process, and what the system lacks; then, in one byte, how each fork ended. `K` ends the fork.
    """
    control = socket.socket(fileno=control)
    nursery = None
    if jailed:
        become_nobody()
        nursery = forks.make_nursery()
    for name in preload:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    gc.collect()
    gc.freeze()  # else each fork's collections would write to all of this memory, and so copy it
    if nursery and not can_isolate(nursery):
        nursery = nursery.close()
    lacking = confinement.lacking() if jailed else []
    control.sendall(wire.pack({"shareable": nursery is not None, "lacking": lacking}))
    while True:
        request, ancillary, _, _ = control.recvmsg(16, socket.CMSG_SPACE(array.array("i").itemsize))
        if not request:
            return
        request = request.lstrip(b"K")  # those that came after the fork had ended
        if not request:
            continue
        (seconds,) = struct.unpack(">d", request[1:])
        descriptor = array.array("i", ancillary[0][2])[0]
        assert not tensorflow_has_run(), "the forking process ran a TensorFlow operation"

        def talk(descriptor=descriptor, seconds=seconds):
            keep_only(descriptor)
            cpu_seconds = math.ceil(CORES * seconds) + 1
            confinement.limit_resources(memory, cpu_seconds, count_tasks=nursery is not None)
            if jailed:
                confinement.confine()
            converse(socket.socket(fileno=descriptor))

        fork = forks.Fork(talk, nursery)
        os.close(descriptor)
        reason = b""
        if jailed:
            reason = fork.wait(control, forks.Meter(fork, memory, CORES * seconds).excess)
        elif hasattr(os, "pidfd_open"):
            fork.wait(control)
        well = fork.end() if jailed or hasattr(os, "pidfd_open") else fork.ended_well()
        if jailed and nursery is None:
            forks.end_all_others()
            forks.empty_scratch()
        control.sendall(reason or (b"0" if well else b"1"))


def become_nobody():
    """Where root made the jail, go on without root's number, for which limits do not hold."""
    if os.getuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:
            sys.exit(NO_NOBODY)
        if importlib.util.find_spec("numpy") is None:  # only root can read the Python environment
            sys.exit(NO_NOBODY)


def can_isolate(nursery):
    """Whether a fork can have all of its own namespaces here."""
    try:
        fork = forks.Fork(lambda: None, nursery)
    except OSError:
        return False
    well = fork.ended_well()
    fork.end_namespace()
    return well


def keep_only(descriptor):
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


def tensorflow_has_run():
    context = sys.modules.get("tensorflow.python.eager.context")
    current = context and context._context
    return bool(current and current._context_handle)


def converse(stream):
    """Read one request, run the cells, answer the questions as they come."""
    file = stream.makefile("rb")
    answer(lambda: wire.read(file.read), lambda frame: stream.sendall(wire.pack(frame)))


def answer(receive, send):
    """Run the cells, then send one frame for each question.

    Before them come frames about the cells: `started` (so that the grader knows where a hang or a
    crash was), `raised`, and `ready`, with the names that exist, the statements that took long and
    that no function depends on, and how many were left out to save time. The probes, the right
    functions and each question arrive only when it is their turn; an answer carries its question's
    token. Right functions come into the namespace as the cells left it.
    """
    request = receive()
    notebook = Notebook(request["preset"], request["names"])
    aside = ASIDE[request["aside"]](request["cells"], request["names"])
    skip = request["skip"] + aside
    for index, cell in enumerate(request["cells"]):
        notebook.run(index, cell["id"], cell["source"], skip, send)
    notebook.names.update(notebook.overwritten())
    ready = [name for name in request["names"] if name in notebook.names]
    left_out = sum(at not in request["skip"] for at in aside)
    send({"event": "ready", "names": ready, "needless": notebook.needless(), "aside": left_out})
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
        notebook.names.update(after_cells)
        try:
            reply = answered(question, notebook.names, probes, chapter["stand_ins"])
            frame = {"event": "answer", **about, "answer": reply}
            wire.pack(frame, question["numbers"])
        except BaseException as error:  # noqa: BLE001 - whatever the student's code raised
            frame = {"event": "error", **about, **describe(error)}
        send(frame)


def answered(question, names, probes, stand_ins):
    """What the probe of a question returns.

    The right functions live in a namespace of their own, so that nothing of the student's changes them, and
    none of their helpers changes the student's.
    """
    right = {"__name__": "right", "FREEDOM": question["freedom"]}
    exec(compile(stand_ins, "<stand-ins>", "exec"), right)  # noqa: S102
    names.update({n: value for n, value in right.items() if n != "FREEDOM" and not n.startswith("_")})
    probes["RIGHT"] = right
    if not question["watch"]:
        return probes[question["probe"]](names, *question["arguments"])
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)  # else values do not show while functions are traced
    recorder = recording.Recorder(names, question["watch"], question["replace"], question["numbers"] // 2)
    reply = probes[question["probe"]](names, *question["arguments"])
    return {**reply, "calls": recorder.calls}


def seed_all(seed):
    """Seed all draws, with a number that this fork has not had yet."""
    import numpy
    from tensorflow.python.eager import context

    random.seed(seed)
    numpy.random.seed(seed)
    # As `tf.random.set_seed`, which also forgets all compiled operations, so that the same seed draws the
    # same again; to compile them again takes longer than most answers.
    context.context()._seed = seed
    context.context()._rng = random.Random(seed)


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

    def __init__(self, preset, tasks):
        module = types.ModuleType("__main__")
        self.names = module.__dict__
        self.names.update(preset, __builtins__=builtins, display=lambda *args, **kwargs: None)
        self.names["get_ipython"] = lambda: Shell(self.names)
        self.names["input"] = lambda prompt="": ""  # nobody is there to answer
        self.tasks, self.defined, self.flags = tasks, {}, 0
        self.preset, self.trees, self.slow = set(preset), {}, []
        sys.modules["__main__"] = module
        # Where there is no jail they could be imported, and a check would check itself for ever.
        sys.modules["autograder"] = sys.modules["gmm_tf"] = None

    def run(self, index, identity, source, skip, send):
        """Run a cell up to the first statement that raises, leaving out those in `skip`."""
        try:
            statements, self.flags = parse(f"<cell {identity}>", transform(source), self.flags)
        except Exception as error:  # noqa: BLE001 - a cell that is not Python runs no statement
            send({"event": "raised", "at": [index, 0], "in": identity, **describe(error)})
            return
        for number, (code, tree) in enumerate(statements):
            at = [index, number]
            self.trees[index, number] = tree
            if at in skip or checks_itself(tree):
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
            now = {name: self.names[name] for name in self.tasks if name in self.names}
            self.defined.update({name: value for name, value in now.items() if callable(value)})

    def overwritten(self):
        """Functions and classes of the tasks whose names hold something else by now."""
        return {n: value for n, value in self.defined.items() if not callable(self.names.get(n))}

    def needless(self):
        """Slow statements that bind nothing a function or class of the notebook may look up.

        What is preset need not be bound.
        """
        needed = needed_names(self.trees.values())
        needed -= self.preset
        return [at for at in self.slow if not bound_by(self.trees[tuple(at)]) & needed]


def checks_itself(tree):
    """Whether a statement is like `from autograder import check` or `check()`: no part of an answer."""
    if isinstance(tree, ast.Import | ast.ImportFrom):
        modules = [getattr(tree, "module", None), *(alias.name for alias in tree.names)]
        return "autograder" in modules
    call = tree.value if isinstance(tree, ast.Expr) else None
    if not isinstance(call, ast.Call) or len(call.args) > 1:  # a check of the student's own
        return False
    return ast.unparse(call.func) in ("check", "autograder.check")


def needed_names(trees, looked_up=lambda tree: names_in(tree, ast.Load)):
    """Names that functions and classes may look up, and those that these are made from."""
    trees, needed, before = list(trees), set(), None
    for tree in trees:
        if isinstance(tree, ast.FunctionDef | ast.ClassDef):
            needed |= looked_up(tree)
    while before != len(needed):
        before = len(needed)
        for tree in trees:
            if bound_by(tree) & needed:
                needed |= names_in(tree, ast.Load)
    return needed


def free_names(tree):
    """Names that a function, or a class's methods, do not bind themselves, as far as the text shows."""
    if isinstance(tree, ast.ClassDef):
        return set().union(*(free_names(part) for part in [*tree.body, *tree.bases, *tree.decorator_list]))
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    if isinstance(tree, ast.FunctionDef):
        own |= names_in(tree, ast.Store)
        own -= {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return names_in(tree, ast.Load) - own


def loops_aside(cells, tasks):
    """[cell, statement] of loops and calls that no function can need: left out when time is short."""
    trees, functions, modules = parts_of(cells)
    needed = needed_names(trees.values())
    data = needed - functions - modules - set(dir(builtins))
    return [
        list(at)
        for at, tree in trees.items()
        if isinstance(tree, ast.For | ast.While | ast.With | ast.Expr)
        and not bound_by(tree) & needed
        and not names_in(tree, ast.Load) & data
    ]


def trials(cells, tasks):
    """[cell, statement] of what seems to try the notebook's functions out only: a fit, a plot, a print.

    No more than a guess, since a function may change what it is given or what it shares with others.
    """
    trees, made, _ = parts_of(cells)
    needed, before = needed_names(trees.values(), free_names) | set(tasks), None
    rest = {at: tree for at, tree in trees.items() if not isinstance(tree, DEFINITIONS)}
    while before != len(made):
        before = len(made)
        for tree in rest.values():
            if names_in(tree, ast.Load) & made:
                made |= bound_by(tree)
    return [
        list(at)
        for at, tree in rest.items()
        if names_in(tree, ast.Load) & made and not (bound_by(tree) | owners_in(tree)) & needed
    ]


def parts_of(cells):
    """{(cell, statement): tree}, and the names of the functions and classes and of the modules."""
    trees = {}
    for index, cell in enumerate(cells):
        try:
            body = ast.parse(transform(cell["source"])).body
        except Exception:  # noqa: BLE001, S112 - such a cell runs no statement
            continue
        trees.update({(index, number): tree for number, tree in enumerate(body)})
    functions = {t.name for t in trees.values() if isinstance(t, ast.FunctionDef | ast.ClassDef)}
    imports = [tree for tree in trees.values() if isinstance(tree, ast.Import | ast.ImportFrom)]
    return trees, functions, {name for tree in imports for name in bound_by(tree)}


def owners_in(tree):
    """Names whose methods a statement calls without a use for the value: `a` in `a.append(1)`."""
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    called = [value.func for value in alone if isinstance(value, ast.Call)]
    return {name for f in called if isinstance(f, ast.Attribute) for name in names_in(f, ast.Load)}


# What a conversation may leave out before it is known how long that would take.
ASIDE = {"nothing": lambda cells, tasks: [], "loops": loops_aside, "trials": trials}


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


def parse(name, source, flags=0):
    """[(code, tree) of each statement], and the flags that hold from this cell on.

    The text is put where tracebacks and AutoGraph look for it.
    """
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    body = ast.parse(source, name).body
    flags |= future_flags(body)
    return [(compile(ast.Module([n], []), name, "exec", flags, True), n) for n in body], flags


def future_flags(body):
    """Compiler flags of `from __future__ import ...`."""
    names = {
        alias.name
        for node in body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
    return sum(getattr(__future__, name).compiler_flag for name in names)


def transform(source):
    """Magics and shell lines as calls of `get_ipython()`; a timing magic leaves its cell as it is."""
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        timing = first.split()[0] in {"%%time", "%%timeit", "%%capture", "%%prun"}
        source = "\n" + rest if timing else ""
    if not MAGIC.search(source):
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
