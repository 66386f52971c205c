"""Inside the jail: run a submission's cells, answer probes, send back arrays.

One process imports TensorFlow and then only forks (it runs no operation: a fork after one hangs). Each
conversation has a fork and a socket of its own, and in the jail namespaces of its own; the forking
process never reads from the socket, so that it holds no student's data for the next fork to find. Imports
nothing of this project but `wire` and `confinement`.
"""

import __future__

import array
import ast
import builtins
import importlib
import importlib.util
import linecache
import math
import os
import random
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import confinement  # noqa: E402
import wire  # noqa: E402

del sys.path[0]

SLOW_SECONDS = 0.5
WATCH_SECONDS = 0.05
NOBODY = 65534
# Exit status where that number cannot be had, or cannot read the environment.
NO_NOBODY = 77
# Cores that a fork may keep busy for all of its time.
CORES = 2


def main(control, preload, memory, jailed):
    """Fork one conversation for each socket that arrives on the file descriptor `control`.

    Says first whether a fork can have namespaces of its own, so that submissions may share this
    process, and what the system lacks; then, in one byte, how each fork ended. `K` ends the fork.
    """
    control = socket.socket(fileno=control)
    if jailed:
        become_nobody()
    for name in preload:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    if jailed:
        # No fork may read this process's memory through /proc.
        confinement.libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        # What a fork leaves behind becomes a child of this process, which can wait for its end.
        confinement.libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    isolated = jailed and ended_well(fork(lambda: None, isolated=True))
    lacking = confinement.lacking() if jailed else []
    control.sendall(wire.pack({"shareable": isolated, "lacking": lacking}))
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
            confinement.limit_resources(memory, cpu_seconds, count_tasks=isolated)
            if jailed:
                confinement.confine()
            converse(socket.socket(fileno=descriptor))

        child = fork(talk, isolated)
        os.close(descriptor)
        if not jailed:
            control.sendall(ended_in_time(child, control))
            continue
        reason = watch(child, control, isolated, memory, CORES * seconds)
        well = end_all(child)
        if not isolated:
            empty(confinement.SCRATCH)
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


CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER = 0x00020000, 0x08000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 0x4000, 1 << 18
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
# Files count as well: each takes memory of the kernel.
SCRATCH_OPTIONS = {"/tmp": b"size=256m,nr_inodes=16k", "/dev/shm": b"size=64m,nr_inodes=1k"}


def fork(work, isolated):
    """Start a process that does `work` -> its pid; isolated: in namespaces of its own."""
    child = os.fork()
    if child:
        return child
    try:
        if isolated:
            isolate()
            in_child(outlive_init)
            in_child(reap)
            os.setsid()
        work()
    except BaseException:  # noqa: BLE001 - the grader reads an early end as a crash
        os._exit(1)
    os._exit(0)


def in_child(wait):
    """Go on in a child; this process only does `wait(child)`, and ends as the child ended."""
    child = os.fork()
    if child:
        os.closerange(3, 1024)  # else the grader would not see that the student's process closed them
        os._exit(0 if wait(child) else 1)


def outlive_init(child):
    # The child is process 1 of the new namespace: when it ends, everything in there ends.
    confinement.libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    return ended_well(child)


def reap(child):
    # Process 1 is deaf to signals from within, so a student's code runs below it.
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status) == 0


def isolate():
    """Leave the namespaces that other submissions' forks will use.

    Raises:
        OSError: the system does not allow it.
    """
    if sys.base_prefix.startswith("/tmp/"):
        raise OSError("Python itself lies below /tmp, which would be hidden from it")
    uid, gid, system, check = os.getuid(), os.getgid(), confinement.libc(), confinement.check
    system.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self is not ours to write
    namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC
    check(system.unshare(namespaces), "unshare")
    for name, text in (
        ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")
    ):  # fmt: skip
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    check(system.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    for folder, options in SCRATCH_OPTIONS.items():
        flags = MS_NOSUID | MS_NODEV
        check(system.mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options), folder)
    os.chdir("/tmp")


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


def ended_well(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def tensorflow_has_run():
    context = sys.modules.get("tensorflow.python.eager.context")
    current = context and context._context
    return bool(current and current._context_handle)


def ended_in_time(child, control):
    """Wait for a fork without a jail, or end it when the grader says so -> how it ended."""
    if hasattr(os, "pidfd_open"):
        ended = os.pidfd_open(child)
        ready, _, _ = select.select([ended, control], [], [])
        if control in ready:
            control.recv(16)
            os.kill(child, signal.SIGKILL)
        os.close(ended)
    return b"0" if ended_well(child) else b"1"


def watch(child, control, isolated, memory, cpu_seconds):
    """Wait until the fork ended, or must end -> why it must, in one letter, or nothing."""
    ended, meter = os.pidfd_open(child), Meter(child, isolated, memory, cpu_seconds)
    try:
        while True:
            ready, _, _ = select.select([ended, control], [], [], WATCH_SECONDS)
            if ended in ready:
                return b""
            if control in ready:
                control.recv(16)
                return b"K"
            if reason := meter.excess():
                return reason
    finally:
        os.close(ended)


PAGE, TICKS = resource.getpagesize(), os.sysconf("SC_CLK_TCK")


class Meter:
    """What a fork and all it started use together; the kernel's limits hold for each process alone.

    Reads only what never waits for a lock that a hostile process could hold, and little of it: a fork
    bomb leaves little time to this process.
    """

    def __init__(self, child, isolated, memory, cpu_seconds):
        self.child, self.isolated, self.memory = child, isolated, memory
        self.ticks = cpu_seconds * TICKS
        self.inherited = own_memory("self")

    def excess(self):
        """What is too much: Processes, Memory or Time; else nothing."""
        outside = {"1", str(os.getpid())}
        found = [name for name in os.listdir("/proc") if name.isdigit() and name not in outside]
        if len(found) > confinement.PROCESSES + (2 if self.isolated else 0):
            return b"P"
        threads = ticks = memory = 0
        for name in found:
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
                # Not the two that wait for the student's process.
                if not (self.isolated and self.child in (int(name), int(fields[1]))):
                    memory += self.unshared(own_memory(name), int(fields[7]) * PAGE)
            except OSError:
                continue  # it has just ended
            threads += int(fields[17])
            ticks += sum(map(int, fields[11:15]))
        if threads > confinement.TASKS:
            return b"P"
        if ticks > self.ticks:
            return b"T"
        return b"M" if memory > self.memory else b""

    def unshared(self, size, written):
        """Memory that a process does not share with the forking one, or a little more.

        Args:
            size: its memory, with what it inherited.
            written: at most how much of that it wrote to; each page took a fault.
        """
        return min(size, max(0, size - self.inherited) + min(self.inherited, written))


def own_memory(process):
    """Bytes of memory of a process that come from no file."""
    with open(f"/proc/{process}/statm", "rb") as file:
        _, resident, shared, *_ = map(int, file.read().split())
    return (resident - shared) * PAGE


def end_all(child):
    """End the fork and everything it left behind, and wait until all are dead.

    Returns:
        Whether the fork had ended well by itself.
    """
    well = False
    while True:
        try:
            os.kill(-1, signal.SIGKILL)  # all of this jail's own process namespace
        except ProcessLookupError:
            pass
        try:
            ended, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return well
        well = well or (ended == child and status == 0)


def empty(folders):
    """Remove all files from the scratch, where the next fork will use the same."""
    for folder in folders:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)


def converse(stream):
    """Read one request, run the cells, answer the questions as they come."""
    file = stream.makefile("rb")
    answer(lambda: wire.read(file.read), lambda frame: stream.sendall(wire.pack(frame)))


def answer(receive, send):
    """Run the cells, then send one frame for each question.

    Before them come frames about the cells: `started` (so that the grader knows where a hang or a
    crash was), `raised`, and `ready`, with the names that exist and the statements that took long
    and that no function depends on. The right functions, the probes and each question arrive only
    when it is their turn; an answer carries its question's token.
    """
    request = receive()
    notebook = Notebook(request["preset"], request["names"])
    skip = request["skip"] + (loops_aside(request["cells"]) if request["hurry"] else [])
    for index, cell in enumerate(request["cells"]):
        notebook.run(index, cell["id"], cell["source"], skip, send)
    notebook.names.update(notebook.overwritten())
    ready = [name for name in request["names"] if name in notebook.names]
    send({"event": "ready", "names": ready, "needless": notebook.needless()})
    material = receive()
    if material is None:
        return
    exec(compile(material["stand_ins"], "<stand-ins>", "exec"), notebook.names)  # noqa: S102
    probes = {"__name__": "probes"}
    exec(compile(material["probes"], "<probes>", "exec"), probes)  # noqa: S102
    while (question := receive()) is not None:
        about = {"question": question["name"], "token": question["token"]}
        seed_all(question["seed"])
        notebook.names["FREEDOM"] = question["freedom"]
        try:
            reply = probes[question["probe"]](notebook.names, *question["arguments"])
            frame = {"event": "answer", **about, "answer": reply}
            wire.pack(frame)
        except BaseException as error:  # noqa: BLE001 - whatever the student's code raised
            frame = {"event": "error", **about, **describe(error)}
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
    if not isinstance(call, ast.Call) or len(call.args) > 1:  # the notebooks' own check has two
        return False
    return ast.unparse(call.func) in ("check", "autograder.check")


def needed_names(trees):
    """Names that functions and classes may look up, and those that these are made from."""
    trees, needed, before = list(trees), set(), None
    for tree in trees:
        if isinstance(tree, ast.FunctionDef | ast.ClassDef):
            needed |= names_in(tree, ast.Load)
    while before != len(needed):
        before = len(needed)
        for tree in trees:
            if bound_by(tree) & needed:
                needed |= names_in(tree, ast.Load)
    return needed


def loops_aside(cells):
    """[cell, statement] of loops and calls that no function can need: left out when time is short."""
    trees = {}
    for index, cell in enumerate(cells):
        try:
            body = ast.parse(transform(cell["source"])).body
        except Exception:  # noqa: BLE001, S112 - such a cell runs no statement
            continue
        trees.update({(index, number): tree for number, tree in enumerate(body)})
    functions = {t.name for t in trees.values() if isinstance(t, ast.FunctionDef | ast.ClassDef)}
    modules = {
        name
        for tree in trees.values()
        if isinstance(tree, ast.Import | ast.ImportFrom)
        for name in bound_by(tree)
    }
    needed = needed_names(trees.values())
    data = needed - functions - modules - set(dir(builtins))
    return [
        list(at)
        for at, tree in trees.items()
        if isinstance(tree, ast.For | ast.While | ast.With | ast.Expr)
        and not bound_by(tree) & needed
        and not names_in(tree, ast.Load) & data
    ]


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
