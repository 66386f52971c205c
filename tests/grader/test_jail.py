"""What a submission can reach, and what becomes of one that hangs, crashes or floods."""

import errno
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import refused
from test_attacks import PRELOAD, PROCESSES, attack

from autograder.jail import (
    JAILS,
    JailUnavailable,
    Limits,
    Worker,
    access_times,
    bubblewrap,
    environments,
    isolation,
    landlock,
)

PROBES = """
def call(names, name):
    return {"value": names[name]()}
"""


# Takes TensorFlow's place in copies of the jail's program, so that a worker starts within seconds: what holds
# a submission does not depend on what it may import.
WITHOUT_TENSORFLOW = """

import sys
from unittest import mock

for name in ("tensorflow", "tensorflow.python.eager", "keras"):
    sys.modules[name] = mock.MagicMock()
"""
LIMITS = Limits(memory_bytes=1 << 30)


def copy_of_the_program(folder):
    """The grader's files that a jail has, without TensorFlow -> the folder."""
    for name in (*environments.JAILED_PROGRAM, "isolation_probes.py"):
        shutil.copy(environments.INSIDE / name, folder)
    breaking(folder, "confinement.py", WITHOUT_TENSORFLOW)
    folder.chmod(0o755)
    return folder


def breaking(folder, name, text):
    """Add to one of the jail's own files."""
    with open(folder / name, "a") as file:
        file.write(f"\n\n{text}\n")


class Light(Worker):
    """A worker that runs a copy of the jail's program.

    Args:
        program: the folder with the copy.
    """

    def __init__(self, program, *arguments):
        super().__init__(*arguments)
        self.program = program

    def launch(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(environments, "INSIDE", self.program)
            super().launch()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return copy_of_the_program(tmp_path_factory.mktemp("program"))


ONE_IS_SLOW = ["bubblewrap", pytest.param("landlock", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=ONE_IS_SLOW)
def worker(request, program):
    with Light(program, LIMITS, request.param) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SECRET", "x")
        running.start()
        yield running


@pytest.fixture(scope="module", params=ONE_IS_SLOW)
def with_tensorflow(request):
    if request.param == "bubblewrap":
        yield request.getfixturevalue("shared_worker")
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landlock, "launch", refused.launch)
        with Worker(Limits(memory_bytes=2 << 30), request.param, PRELOAD) as running:
            yield running


# For what the two kinds hold by other means; all tests try both with `make test-slow`.
both = pytest.mark.parametrize("worker", JAILS, indirect=True)
both_with_tensorflow = pytest.mark.parametrize("with_tensorflow", JAILS, indirect=True)


def chapter(questions):
    return {
        "task": "f",
        "stand_ins": "",
        "seed": 1,
        "questions": [
            {"name": name, "probe": "call", "arguments": [name], "freedom": {}, "watch": []}
            for name in questions
        ],
    }


def run(worker, source, names=("f",), seconds=20.0, questions=("f",), skip=(), more=lambda frames: []):
    request = {
        "cells": [{"id": "cell", "source": source, "gives": []}],
        "preset": {},
        "skip": skip,
        "names": list(names),
        "probes": PROBES,
        "chapters": [chapter(questions)],
    }
    transcript = worker.ask(request, seconds, more=more)
    events = {
        frame.get("question"): frame for frame in transcript.frames if frame["event"] in ("answer", "error")
    }
    return transcript, events


def value_of(worker, body, seconds=20.0, expect_crash=False):
    """What a function with this body returns in the jail, as a number or an array."""
    source = "def f():\n" + "\n".join("    " + line for line in body.splitlines())
    transcript, events = run(worker, source + "\n", seconds=seconds)
    if expect_crash:
        assert not events and transcript.excess == "processes"
        return None
    assert events["f"]["event"] == "answer", events["f"]
    return events["f"]["answer"]["value"]


PROCESSES_SEEN = """
import os
try:
    return len([p for p in os.listdir("/proc") if p.isdigit()])
except PermissionError:
    return 0
""".strip()


def nothing_is_left(worker):
    """Whether no process of a submission is there, seen from inside and from outside."""
    outside = isolation.jailed_processes(worker)
    return outside == PROCESSES[worker.kind] and value_of(worker, PROCESSES_SEEN) <= isolation.PROCESSES


REFUSED = """
import {modules}
try:
    {attempt}
except Exception as error:
    return 0
return 1
"""
ATTEMPTS = [
    ("os", "import gmm_tf"),
    ("os", "import autograder"),
    ("socket", "socket.create_connection(('127.0.0.1', 22), 1).close()"),
    ("socket", "socket.create_connection(('192.0.2.1', 80), 1).close()"),
    ("os", "open('/usr/student', 'w')"),
    ("sys", "open(sys.prefix + '/student', 'w')"),
    ("os", "os.setuid(0)"),
    ("subprocess", "subprocess.run(['mount', '-t', 'tmpfs', 'x', '/mnt'], check=True)"),
    ("os", "open('/etc/passwd').read()"),
    ("numpy", "numpy.ones((4 << 30) // 8).sum()"),
    ("os", "open('/student', 'w')"),
    ("os", "open('/dev/student', 'w')"),
    ("os", "open('/grader/worker.py', 'a')"),
    ("os", "open('/proc/self/mem', 'r+b')"),
    ("os", "os.symlink('/', '/tmp/root'); open('/tmp/root/student', 'w')"),
    ("os", "os.mknod('/tmp/disk', 0o60666, os.makedev(254, 0)); open('/tmp/disk').read(1)"),
    ("os", "os.memfd_create('hidden')"),
    ("mmap", "mmap.mmap(-1, 4096)"),
    ("socket", "socket.socket()"),
    ("socket", "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))"),
    ("socket", "socket.getaddrinfo('localhost.invalid', 80)"),
    ("socket", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    ("socket", "socket.socket(socket.AF_UNIX).connect('/run/dbus/system_bus_socket')"),
    ("resource", "resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))"),
    ("subprocess", "subprocess.run(['unshare', '-U', 'true'], check=True, capture_output=True)"),
]


@both
def test_the_jail_refuses(worker):
    tried = {f"f{place}": about for place, about in enumerate(ATTEMPTS)}
    source = ""
    for name, (modules, attempt) in tried.items():
        body = REFUSED.format(modules=modules, attempt=attempt)
        source += f"def {name}():{textwrap.indent(body, '    ')}"
    _, events = run(worker, source, names=tried, questions=tried)
    assert {tried[name]: events[name]["answer"]["value"] for name in tried} == dict.fromkeys(ATTEMPTS, 0)


# Of x86_64; on other processors these numbers mean other calls.
CALLS = {
    "ptrace": (101, 0, 0, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0),
    "umount2": (166, b"/tmp", 2),
    "mount": (165, b"/", b"/tmp", 0, 4096, 0),
    "unshare": (272, 0x10000000),
    "setns": (308, 0, 0),
    "keyctl": (250, 0, 0, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "io_uring_setup": (425, 1, 0),
    "clone": (56, 0x10000011, 0, 0, 0, 0),
    "shmget": (29, 0, 4096, 0o1600),
    "open_tree": (428, -100, b"/", 1),
    "kexec_load": (246, 0, 0, 0, 0),
    "chroot": (161, b"/tmp"),
}


@both
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64's system calls")
def test_system_calls_that_nobody_needs_fail(worker):
    body = f"""
import ctypes
import numpy as np
system = ctypes.CDLL(None, use_errno=True)
return np.array([(system.syscall(*call), ctypes.get_errno()) for call in {list(CALLS.values())}])
"""
    results = value_of(worker, body.strip())
    # So says the filter; for these arguments, and without rights, the kernel fails in other ways.
    assert dict(zip(CALLS, results.tolist(), strict=True)) == dict.fromkeys(CALLS, [-1, errno.ENOSYS])


@both
def test_no_capability_is_left(worker):
    body = """
import numpy as np
lines = [line.split() for line in open("/proc/self/status") if line.startswith(("Cap", "NoNew", "Seccomp:"))]
return np.array([int(words[1], 16) for words in lines])
"""
    inherited, permitted, effective, *others = value_of(worker, body.strip()).tolist()
    assert [inherited, *others] == [0, 0, 0, 1, 2]
    # Where only root can read the Python environment, a user of its own needs that right.
    assert permitted == effective and permitted in ([0] if worker.kind == "bubblewrap" else [0, 1 << 2])


OPEN = """
import os
import numpy as np
kinds = []
for name in os.listdir("/proc/self/fd"):
    try:
        kinds.append(os.readlink(f"/proc/self/fd/{name}"))
    except FileNotFoundError:
        pass  # the one that listed the folder
return np.array([kinds.count("/dev/null"), sum(kind.startswith("socket:") for kind in kinds), len(kinds)])
""".strip()


@both
def test_nothing_is_open_but_the_conversation(worker):
    assert value_of(worker, OPEN).tolist() == [3, 1, 4]


@both_with_tensorflow
def test_nothing_more_is_open_with_tensorflow(with_tensorflow):
    assert value_of(with_tensorflow, OPEN).tolist() == [3, 1, 4]


def test_the_command_line_shows_no_path_of_the_host(worker):
    if worker.kind != "bubblewrap":
        pytest.skip("Landlock gives no other names to folders")
    body = "return int(any(p in open('/proc/1/cmdline').read() for p in ('autograder', 'solutions', 'tmp')))"
    assert value_of(worker, body) == 0


def test_no_file_of_this_project_can_be_seen(worker):
    body = """
import os
seen = 0
for folder, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if f not in ("proc", "sys", "dev", "__pycache__")]
    seen += sum(name in ("gmm-two-ways.ipynb", "gmm_two_ways", "fit_em.py") for name in files + folders)
return seen
"""
    assert value_of(worker, body, seconds=120.0) == 0


@both
def test_no_process_of_the_host_can_be_seen(worker):
    assert nothing_is_left(worker)


@both
def test_no_environment_variable_of_the_host_is_there(worker):
    body = "import os\nreturn int(any('SECRET' in name for name in os.environ))"
    assert "COURSE_SECRET" in os.environ and value_of(worker, body) == 0


@both_with_tensorflow
def test_tensorflow_works_in_every_fork(with_tensorflow):
    for _ in range(3):
        source = "import tensorflow as tf\ndef f():\n    return tf.reduce_sum(tf.ones(4)).numpy()\n"
        _, events = run(with_tensorflow, source)
        assert events["f"]["answer"]["value"] == 4


@both_with_tensorflow
def test_modules_that_tensorflow_imports_late_are_there(with_tensorflow):
    source = """
import numpy as np, tensorflow as tf
def f():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(loss="mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    return model.predict(np.ones((4, 2)), verbose=0).shape[0]
"""
    assert run(with_tensorflow, source)[1]["f"]["answer"]["value"] == 4


@pytest.mark.parametrize("with_tensorflow", ["landlock"], indirect=True)
def test_an_attack_gains_nothing_under_landlock(with_tensorflow, tmp_path):
    attack(with_tensorflow, "links_out", tmp_path)
    assert isolation.jailed_processes(with_tensorflow) == PROCESSES["landlock"]


def test_without_a_jail_a_submission_has_the_rights_of_the_user(program, tmp_path):
    outside = tmp_path / "outside"
    with Light(program, LIMITS, False) as free:
        assert value_of(free, f"open({str(outside)!r}, 'w').close()\nreturn 7") == 7
    assert outside.exists()


def test_a_hang_ends_in_time_and_the_next_fork_works(worker):
    transcript, events = run(worker, "def f():\n    while True: pass\n", seconds=1.0)
    assert transcript.ended == "timeout" and not events and transcript.seconds < 3
    assert value_of(worker, "return 7") == 7


def test_what_the_grader_takes_between_questions_is_not_the_submissions_time(worker):
    follows = []

    def more(frames):
        time.sleep(0 if follows else 1.5)
        follows.append(chapter(["f"]))
        return follows if len(follows) == 1 else []

    transcript, _ = run(worker, "def f():\n    return 1.0\n", seconds=1.0, more=more)
    assert transcript.ended == "finished" and transcript.seconds < 1.0
    assert sum(frame["event"] == "answer" for frame in transcript.frames) == 2


@pytest.mark.parametrize(
    "death",
    ["import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)", "import ctypes; ctypes.string_at(0)"],
)
def test_a_crash_is_seen_and_the_next_fork_works(worker, death):
    transcript, events = run(worker, f"def f():\n    {death}\n")
    assert "f" not in events
    assert value_of(worker, "return 7") == 7
    assert transcript.frames[-1] == {"event": "asked", "question": "f"}


@both
def test_killing_everything_costs_only_this_conversation(worker):
    run(worker, "def f():\n    import os\n    os.kill(-1, 9)\n")
    assert value_of(worker, "return 7") == 7


@both
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64's system calls")
def test_a_process_made_beside_the_fork_costs_only_this_conversation(worker):
    before = worker.pid
    clone = "ctypes.CDLL(None).syscall(56, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)"
    body = f"import ctypes, signal, time\nCLONE_PARENT = 0x8000\n{clone} or time.sleep(600)\nreturn 1"
    assert value_of(worker, body) == 1
    assert nothing_is_left(worker) and worker.pid == before


@both
def test_a_process_left_behind_is_dead_before_the_next_fork(worker):
    source = "def f():\n    import os, time\n    if os.fork() == 0:\n        time.sleep(60)\n    return 1\n"
    run(worker, source, seconds=5.0)
    assert nothing_is_left(worker)


@both
def test_a_file_left_behind_is_gone_in_the_next_fork(worker):
    for folder in ("/tmp", "/dev/shm") if worker.kind == "bubblewrap" else (".",):
        assert value_of(worker, f"open('{folder}/note', 'w').write('x')\nreturn 1") == 1
        assert value_of(worker, f"import os\nreturn len(os.listdir('{folder}'))") == 0


BOMBS = {
    "forks": (
        "processes",
        """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
    ),
    "daemons": (
        "processes",
        """
import os, time
for _ in range(200):
    if os.fork() == 0:
        try:
            os.setsid()
        except OSError:
            pass
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
return 1
""",
    ),
    "memory of many processes": (
        "memory",
        """
import os, time
import numpy as np
for _ in range(7):
    if os.fork() == 0:
        held = np.ones(3 << 24)
        time.sleep(60)
time.sleep(60)
""",
    ),
    "memory that one process's limit does not see": (
        "memory",
        """
import ctypes
system = ctypes.CDLL(None)
system.mmap.restype = ctypes.c_void_p
size = ctypes.c_size_t(4 << 30)
ctypes.memset(system.mmap(None, size, 3, 0x122, -1, 0), 1, size)
return 1
""",
    ),
    "page tables": (
        "memory",
        """
import ctypes, os
system = ctypes.CDLL(None)
system.mmap.restype = ctypes.c_void_p
size, read_only, private_and_not_reserved = 1 << 40, 1, 0x4022
start = system.mmap(None, ctypes.c_size_t(size), read_only, private_and_not_reserved, -1, ctypes.c_size_t(0))
os.fork(), os.fork()
for place in range(0, size, 2 << 20):
    ctypes.string_at(start + place, 1)
return 1
""",
    ),
    "memory of processes whose first thread ended": (
        "memory",
        """
import ctypes, os, threading, time
def hold():
    time.sleep(0.1)
    held = bytearray(b"x") * (400 << 20)
    time.sleep(60)
for _ in range(7):
    if os.fork() == 0:
        threading.Thread(target=hold).start()
        ctypes.CDLL(None).pthread_exit(None)
time.sleep(60)
""",
    ),
    "sockets that wait for accept": (
        "memory",
        """
import socket, time
for n in range(4):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"/tmp/{n}")
    listener.listen(4096)
    for _ in range(4000):
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            try:
                client.connect(f"/tmp/{n}")
                while True:
                    client.send(bytes(1 << 16))
            except BlockingIOError:
                pass
    globals()[f"kept{n}"] = listener
time.sleep(60)
""",
    ),
    "processor time of many processes": (
        "time",
        "import os\nfor _ in range(4):\n    os.fork()\nwhile True:\n    pass",
    ),
}


# One of each end is quick; the others fill memory in ways of their own.
QUICK_BOMBS = {"forks", "memory of many processes", "processor time of many processes"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK_BOMBS)) for name in BOMBS]
)
def test_a_bomb_ends_before_its_time_and_costs_only_itself(worker, name):
    excess, body = BOMBS[name]
    if worker.kind == "landlock" and name == "sockets that wait for accept":
        pytest.skip("there are no such sockets")
    seconds = 1.0 if excess == "time" else 60.0
    transcript, events = run(worker, "def f():\n" + textwrap.indent(body, "    "), seconds=seconds)
    assert not events
    if excess == "time" and transcript.excess != "time":
        # With one idle core or two the time on the wall is over first.
        assert transcript.ended == "timeout"
    else:
        assert transcript.excess == excess and transcript.seconds < 40
    process = worker.process
    assert nothing_is_left(worker)
    assert worker.process is process  # it was not the worker that had to end


@pytest.mark.slow
def test_who_keeps_all_cores_busy_is_ended_before_its_time(worker):
    _, body = BOMBS["processor time of many processes"]
    transcript, events = run(worker, "def f():\n" + textwrap.indent(body, "    "), seconds=60.0)
    if transcript.excess != "time":
        assert transcript.ended == "timeout"
        pytest.skip("other programs left it no more than a core")
    assert not events and transcript.seconds < 50  # by the total alone it had at least 60


@pytest.mark.parametrize(
    "body",
    [
        # Threads.
        "import threading, time\nfor _ in range(10000):\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        # A full scratch: by bytes, and by empty files.
        "for n in range(10):\n    open(f'/tmp/{n}', 'wb').write(bytes(60 << 20))",
        "for n in range(100000):\n    open(f'/tmp/{n}', 'w').close()",
        # A file that is too large, open files, shared memory.
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "file = open('x', 'wb')\nfile.seek(1 << 40)\nfile.write(b'1')\nfile.flush()",
        "import os\nwhile True:\n    os.dup(0)",
        "for n in range(10):\n    open(f'/dev/shm/{n}', 'wb').write(bytes(60 << 20))",
    ],
)
def test_what_is_used_up_raises(worker, body):
    if worker.kind == "landlock" and "for n in range(1" in body:
        pytest.skip("the scratch is no file system of its own")
    _, events = run(worker, "def f():\n" + textwrap.indent(body, "    "), seconds=30.0)
    assert events["f"]["event"] == "error"
    assert events["f"]["type"] in ("OSError", "RuntimeError")


# Each takes memory of the kernel's that counts for no process.
UNCOUNTED = {
    "pages that a pipe keeps": "a, b = os.pipe()\nos.splice(file, b, 1, offset_src=0)",
    "pages that a socket keeps": "a, b = socket.socketpair()\nos.sendfile(a.fileno(), file, 0, 1)",
    "attributes of files": "os.setxattr(file, 'user.note', b'x')",
    "access lists of files": "os.setxattr(file, 'system.posix_acl_access', bytes([2, 0, 0, 0]))",
    "events of files": "call(system.inotify_init1(0))",
    "asynchronous input": "call(system.syscall(206, 1, ctypes.byref(ctypes.c_ulong(0))))",
    "rules of Landlock": "call(system.syscall(444, bytes([1, *[0] * 7]), 8, 0))",
    "more filters of system calls": "call(system.prctl(22, 2, None))",
    "maps of /dev/zero": "zero = os.open('/dev/zero', os.O_RDONLY)\n"
    "mmap.mmap(zero, 4096, mmap.MAP_SHARED, mmap.PROT_READ)",
    "locked memory": "call(system.mlock(bytes(8192), 8192))",
    "POSIX timers": "for _ in range(2000):\n    call(system.syscall(222, 1, None, bytes(8)))",
    "queued signals": "signal.pthread_sigmask(signal.SIG_BLOCK, {40})\nfor _ in range(2000):\n"
    "    call(system.sigqueue(os.getpid(), 40, None))",
}


@both
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64's system calls")
@pytest.mark.parametrize("kind", UNCOUNTED)
def test_memory_that_counts_for_no_process_is_refused(worker, kind):
    body = """
import ctypes, mmap, os, signal, socket
system = ctypes.CDLL(None, use_errno=True)
def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
file = os.open("file", os.O_RDWR | os.O_CREAT)
os.write(file, bytes(8192))
"""
    _, events = run(worker, "def f():\n" + textwrap.indent(f"{body}\n{UNCOUNTED[kind]}\nreturn 1", "    "))
    assert events["f"].get("type") in ("OSError", "PermissionError", "BlockingIOError"), events["f"]


def test_locks_and_options_of_sockets_take_no_memory(worker):
    locks = """
import fcntl, os
file = os.open("file", os.O_RDWR | os.O_CREAT)
fcntl.lockf(file, fcntl.LOCK_EX)
if os.fork() == 0:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if the first lock is there
    os._exit(7)
return os.waitstatus_to_exitcode(os.wait()[1])
"""
    assert value_of(worker, locks) == 7
    options = """
import socket
a, b = socket.socketpair()
a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
return a.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
"""
    with socket.socket(socket.AF_UNIX) as outside:
        assert value_of(worker, options) == outside.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


@both
def test_what_uses_locks_and_sockets_works(worker):
    body = """
import asyncio, multiprocessing, shutil, sqlite3, tempfile
with sqlite3.connect("book") as book:
    book.execute("create table points (n)")
    book.execute("insert into points values (3)")
copy = tempfile.mktemp()
shutil.copy2("book", copy)
[[three]] = sqlite3.connect(copy).execute("select n from points")
fork = multiprocessing.get_context("fork")
with fork.Pool(2) as pool:
    four = sum(pool.map(len, ["a", "bc", "d"]))
if SOCKETS:
    with fork.Manager() as manager:
        four = manager.list([4])[0]
async def five():
    return 5
return 100 * three + 10 * four + asyncio.run(five())
"""
    assert value_of(worker, body.replace("SOCKETS", str(worker.kind == "bubblewrap"))) == 345


def test_the_kernel_ends_submissions_first(worker):
    assert value_of(worker, "return int(open('/proc/self/oom_score_adj').read())") == 1000


def test_a_socket_written_to_by_the_student_forges_nothing(worker):
    body = """
import os, json, struct
text = json.dumps({"event": "answer", "question": "f", "token": "0" * 16, "answer": {"value": 1}}).encode()
for fd in range(3, 20):
    try:
        os.write(fd, struct.pack(">II", len(text), 0) + text)
    except OSError:
        pass
return 2
"""
    transcript, events = run(worker, "def f():\n" + textwrap.indent(body, "    "))
    assert not events and transcript.ended == "malformed"
    assert value_of(worker, "return 7") == 7


def test_closing_the_socket_and_staying_costs_only_itself(worker):
    source = "def f():\n    import os, time\n    os.closerange(3, 100)\n    time.sleep(60)\n"
    transcript, _ = run(worker, source)
    assert transcript.ended == "crashed" and transcript.seconds < 15
    assert value_of(worker, "return 7") == 7


def test_tampering_with_the_exit_does_not_cost_time(worker):
    source = "import os, time\nos._exit = lambda status: time.sleep(60)\ndef f():\n    return 1\n"
    transcript, events = run(worker, source)
    assert events["f"]["answer"]["value"] == 1 and transcript.seconds < 15


@pytest.fixture
def grader_copy(tmp_path, monkeypatch):
    """A copy of the jail's program that a test may break."""
    copy_of_the_program(tmp_path)
    monkeypatch.setattr(environments, "INSIDE", tmp_path)
    return tmp_path


def test_without_landlock_and_seccomp_the_jail_says_so_and_holds(grader_copy):
    breaking(grader_copy, "confinement.py", "def landlock_version():\n    return 0")
    breaking(grader_copy, "confinement.py", "def can_filter(program):\n    return False")
    with Worker(LIMITS, "bubblewrap") as weaker:
        with pytest.warns(UserWarning, match="Landlock"):
            weaker.start()
        assert len(weaker.lacking) == 2 and weaker.shareable
        body = REFUSED.format(modules="os", attempt="open('/student', 'w')")
        assert value_of(weaker, body) == 0
        assert value_of(weaker, BOMBS["forks"][1] + "\n", expect_crash=True) is None


def test_where_a_fork_can_have_no_namespaces_of_its_own_nothing_is_left_behind(program):
    with Light(program, LIMITS, "bubblewrap") as lonely:
        lonely.bubblewrap[1:] = (*bubblewrap.IN_USER_NAMESPACE, "--disable-userns")
        lonely.start()
        assert not lonely.shareable
        made = "import os\nos.makedirs('/tmp/a/b')\nos.symlink('/usr', '/tmp/a/b/c')\n"
        made += "os.makedirs('/tmp/c/d/e')\nos.chmod('/tmp/c/d', 0)\nos.chmod('/tmp/c', 0)\n"
        left, process = "import os\nreturn len(os.listdir('/tmp') + os.listdir('/dev/shm'))", lonely.process
        assert value_of(lonely, made + "open('/dev/shm/x', 'w').close()\nreturn 1") == 1
        assert value_of(lonely, left) == 0 and lonely.process is process
        deep = (
            "import os\nos.chdir('/tmp')\nfor _ in range(1500):\n    os.mkdir('d'), os.chdir('d')\nreturn 1"
        )
        assert value_of(lonely, deep) == 1
        assert value_of(lonely, left) == 0
        run(lonely, "def f():\n    import os\n    os.kill(-1, 9)\n")
        value_of(lonely, BOMBS["daemons"][1], expect_crash=True)
        files = "import time\nfor n in range(30000):\n    open(f'/tmp/{n}', 'w').close()\ntime.sleep(9)"
        assert run(lonely, "def f():\n" + textwrap.indent(files, "    "))[0].excess == "memory"
        assert value_of(lonely, "import os\nreturn len([p for p in os.listdir('/proc') if p.isdigit()])") == 3


def test_grading_refuses_with_every_way_out_that_a_submission_has(grader_copy, monkeypatch):
    """The project is shown at /project, since a submission's own /tmp hides a checkout below it."""
    breaking(grader_copy, "confinement.py", "def landlock_version():\n    return 0")
    here, mounts, files = environments.PACKAGE.parent, bubblewrap._mounts, isolation._project_files()
    assert {Path(path).relative_to(here).parts[0] for path in files} >= {"autograder", "gmm_tf", "solutions"}
    shown = [path.replace(str(here), "/project", 1) for path in files]
    monkeypatch.setattr(isolation, "_project_files", lambda: shown)
    assert len(shown) > 40  # so many are told
    extra = ["--ro-bind", str(here), "/project", "--perms", "0777", "--tmpfs", "/var"]
    monkeypatch.setattr(bubblewrap, "_mounts", lambda python: [*mounts(python), *extra])
    with pytest.warns(UserWarning), pytest.raises(JailUnavailable, match="does not hold") as refused:
        Worker(jailed="bubblewrap", private=["/nowhere/gradebook.db", "/usr/bin/env"]).start()
    words = str(refused.value)
    for way in (*(f"read {path}" for path in shown[:39]), "read /usr/bin/env", "write into /var"):
        assert way in words
    assert "/nowhere" not in words


@pytest.mark.slow
def test_grading_refuses_where_landlock_lets_too_much_through(grader_copy, monkeypatch):
    breaking(grader_copy, "confinement.py", "def can_filter(program):\n    return False")
    here, readable = environments.PACKAGE.parent, landlock.readable
    more = {str(here): "read", "/var/tmp": "write"}
    monkeypatch.setattr(landlock, "readable", lambda *given: readable(*given) | more)
    with pytest.warns(UserWarning), pytest.raises(JailUnavailable, match="does not hold") as refused:
        Worker(jailed="landlock").start()
    words = str(refused.value)
    for way in (f"read {here}/", "write into /var/tmp", "reach the network", "outlive its conversation"):
        assert way in words


@both
def test_the_trial_sees_whether_reading_changes_times(worker, monkeypatch):
    """Each time is older than the last change, as after an installation, and nobody read the files before."""
    library = Path(os.__file__).parent / "encodings"
    if not os.statvfs(library).f_flag & os.ST_RELATIME:
        pytest.skip("needs a file system with relatime")
    if os.geteuid() not in (0, library.stat().st_uid):
        pytest.skip("only the owner of Python's library may set its times")
    for path in sorted(library.glob("*.py"))[:30]:
        last_change = path.stat().st_mtime_ns
        os.utime(path, ns=(last_change - 1, last_change))
    monkeypatch.setattr(isolation, "ALTERNATIVES", library / "none")
    assert isolation._reading_shows(worker, "encodings") == (worker.kind == "landlock")
    access_times.freshen((str(library),))
    assert not isolation._reading_shows(worker, "encodings")


@pytest.mark.parametrize("failures", [1, 2])
def test_a_trial_that_comes_to_no_end_is_made_once_more_with_more_time(program, monkeypatch, failures):
    given = []

    def breaches(worker, private, seconds):
        given.append(seconds)
        if len(given) == 2:
            assert worker.ready
        if len(given) <= failures:
            worker.stop()  # as where a fork could not be ended
            raise isolation.TrialFailed("the trial timeout")
        return []

    monkeypatch.setattr(isolation, "breaches", breaches)
    with Light(program, LIMITS) as busy:
        if failures == 1:
            busy.start()
            assert busy.ready
        else:
            with pytest.raises(JailUnavailable, match="the trial timeout"):
                busy.start()
            assert busy.process is None
    assert given == [isolation.SECONDS, 6 * isolation.SECONDS]


def test_a_trial_does_not_go_on_with_a_worker_that_had_to_be_ended():
    dead = SimpleNamespace(ready=False, ask=lambda *_, **how: None)
    with pytest.raises(isolation.TrialFailed, match="ended"):
        isolation.ask(dead, "hoard", 1, 1, memory=1)


@pytest.mark.slow
def test_before_linux_6_12_signals_reach_the_submission_alone(grader_copy, monkeypatch):
    """As the grader's own user, here root without any rights, and with an older Landlock."""
    breaking(
        grader_copy,
        "confinement.py",
        "known = landlock_version\ndef landlock_version():\n    return min(known(), 3)",
    )
    breaking(grader_copy, "isolation_probes.py", "os.getuid = lambda: 1")
    monkeypatch.setattr(landlock, "launch", as_the_same_user)
    with Worker(Limits(memory_bytes=2 << 30), "landlock") as same:
        same.start()
        body = "import os, signal\nos.kill(os.getpid(), 0)\nos.kill(0, 0)\nreturn 1"
        assert value_of(same, body) == 1
        for receiver in (os.getpid(), same.process.pid, -1, -same.process.pid):
            assert value_of(same, REFUSED.format(modules="os", attempt=f"os.kill({receiver}, 0)")) == 0
        assert run(same, "def f():\n    import os\n    os.abort()\n")[0].ended == "crashed"
        assert value_of(same, BOMBS["forks"][1] + "\n", expect_crash=True) is None
        assert nothing_is_left(same)


def as_the_same_user(python, machine, launch=landlock.launch):
    how = launch(python, machine)
    return how._replace(settings=how.settings | {"user": 0})


FULL = {
    "bytes": "for n in range(10):\n    open(f'{n}', 'wb').write(bytes(60 << 20))\ntime.sleep(60)",
    "empty files": "for n in range(100000):\n    open(f'{n}', 'w').close()\ntime.sleep(60)",
    "a folder that none can list": "os.mkdir('a', 0o300)\nopen('a/b', 'w').close()\ntime.sleep(60)",
    "folders in folders": "for _ in range(3000):\n    os.mkdir(50 * 'a'), os.chdir(50 * 'a')\ntime.sleep(60)",
}


@pytest.mark.parametrize("kind", FULL)
def test_a_scratch_without_a_limit_of_its_own_is_watched(worker, kind):
    if worker.kind == "bubblewrap":
        pytest.skip("the scratch is a file system of its own")
    if kind == "a folder that none can list" and os.geteuid() == 0:
        pytest.skip("root can")
    transcript, events = run(worker, "def f():\n" + textwrap.indent("import os, time\n" + FULL[kind], "    "))
    assert not events and transcript.excess == "memory"
    place = Path(value_of(worker, "import os\nreturn os.getcwd()")).parent
    assert not any(files for left in place.glob("tmp*") for _, _, files in os.walk(left))


# Ways to keep what was deleted; the second hides it from who looks at the first process alone.
KEPT = {
    "open": "file = kept()\ntime.sleep(60)",
    "open in a child": "if os.fork() == 0:\n    file = kept()\ntime.sleep(60)",
    "mapped": "file = kept()\npages = mmap.mmap(file.fileno(), 0)\nfile.close()\ntime.sleep(60)",
}
KEEP = """
import mmap, os, time
def kept():
    file = open("x", "wb+")
    os.unlink("x")
    file.write(bytes(1 << 20))
    file.flush()
    return file
"""


@pytest.mark.slow
def test_a_disk_that_gets_full_ends_only_who_keeps_deleted_files(grader_copy, monkeypatch):
    breaking(
        grader_copy,
        "groups.py",
        "def free_bytes(folder, seen=set()):\n"
        "    full = folder in seen\n"
        "    seen.add(folder)\n"
        "    return 10 if full else 1000",
    )
    with Worker(LIMITS, "landlock") as full:
        full.start()
        honest = "import tempfile, time\nfile = tempfile.TemporaryFile()\nopen('y', 'w').write('y')\n"
        assert value_of(full, honest + "time.sleep(0.5)\nreturn 3") == 3
        for way in KEPT.values():
            transcript, events = run(full, "def f():\n" + textwrap.indent(KEEP + way, "    "))
            assert not events and transcript.excess == "memory" and transcript.seconds < 20
        assert value_of(full, honest + "return 4") == 4


@pytest.mark.slow
def test_each_worker_has_a_user_of_its_own(worker):
    if worker.kind == "bubblewrap" or os.geteuid():
        pytest.skip("about Landlock and root")
    with Worker(Limits(memory_bytes=2 << 30), "landlock") as other:
        users = [value_of(one, "import os\nreturn os.getuid()") for one in (worker, other)]
    assert users[0] != users[1] and all(user in landlock.USERS for user in users)


GRADER = """
import sys, time
from autograder.jail import Limits, Worker
from test_jail import run
with Worker(Limits(memory_bytes=2 << 30), "landlock") as worker:
    worker.start()
    print(worker.process.pid, flush=True)
    run(worker, sys.argv[1], seconds=100)
"""


@pytest.mark.slow
def test_nothing_outlives_a_grader_that_is_killed():
    source = """
import os, signal, sys, time
def f():
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    for _ in range(3):
        os.fork()
    time.sleep(600)
"""
    command, here = [sys.executable, "-c", GRADER, source], Path(__file__).parent
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE) as grader:
        jail = int(grader.stdout.readline())
        wait_until(lambda: len(isolation.descendants(jail)) == 2 + 8)
        started = isolation.descendants(jail)
        places = [os.readlink(f"/proc/{process}/cwd") for process in started[2:]]
        grader.kill()
    wait_until(lambda: not any(os.path.exists(f"/proc/{process}") for process in started))
    assert all("submissions-" in place for place in places)
    wait_until(lambda: not any(map(os.path.exists, places)))


def wait_until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_trial_sees_a_network_and_other_processes_where_they_are():
    """Run outside of any jail, the attempts at reading succeed."""
    program = {}
    exec((environments.INSIDE / "isolation_probes.py").read_text(), program)
    with isolation._tempting() as (port, name, canary):
        assert list(program["networks"](port, name))[0] == "reach the machine's own network"
        assert "reach a socket of another program" in list(program["networks"](port, name))
        assert list(program["readable"]([canary])) == [f"read {canary}"]
    assert list(program["importable"](["autograder"])) == ["import autograder"]


@both
def test_submissions_share_a_worker_whose_memory_none_can_read(worker):
    body = """
import os
numbers = OUTSIDE or [int(p) for p in os.listdir("/proc") if p.isdigit()]
own = os.getpid() if OUTSIDE else max(numbers)
opened = 0
for p in numbers:
    if OUTSIDE or p < own - 2:
        for name in ("mem", "maps", "environ", "auxv"):
            try:
                open(f"/proc/{p}/{name}", "rb").read(1)
                opened += 1
            except OSError:
                pass
        try:
            os.kill(p, 0)
            opened += p not in (1, 2)  # these numbers are this fork's own
        except OSError:
            pass
return opened
"""
    value_of(worker, "return 1")
    assert worker.shareable
    outside = [os.getpid(), worker.process.pid, worker.process.pid + 1] if worker.kind == "landlock" else []
    assert value_of(worker, body.replace("OUTSIDE", str(outside))) == 0


def test_endless_printing_costs_nothing(worker):
    body = "import sys\nfor _ in range(300000):\n    print('x' * 50)\n    sys.stderr.write('y')\nreturn 5"
    assert value_of(worker, body) == 5


def test_a_flood_of_numbers_is_the_submissions_fault(worker):
    _, events = run(worker, "import numpy as np\ndef f():\n    return np.zeros(20_000_000)\n")
    assert events["f"]["event"] == "error"
    assert value_of(worker, "return 7") == 7


def test_objects_do_not_cross(worker):
    _, events = run(worker, "import numpy as np\ndef f():\n    return np.array([object()])\n")
    assert events["f"]["event"] == "error"


def test_an_error_comes_with_its_line(worker):
    _, events = run(worker, "def f():\n    a = 1\n    return a / 0\n")
    assert events["f"]["type"] == "ZeroDivisionError"
    assert (events["f"]["cell"], events["f"]["line"], events["f"]["text"]) == ("cell", 3, "return a / 0")


def test_a_statement_that_raises_does_not_end_its_cell(worker):
    transcript, events = run(worker, "def f():\n    return 3\n1 / 0\ndef f():\n    return 4\n")
    assert events["f"]["answer"]["value"] == 4
    assert [frame["type"] for frame in transcript.frames if frame["event"] == "raised"] == [
        "ZeroDivisionError"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "%%time\ndef f():\n    return 3\n",
        "%matplotlib inline\n!pip install nothing\ndef f():\n    return 3\n",
        "get_ipython().run_line_magic('matplotlib', 'inline')\ndef f():\n    return 3\n",
        "%time y = 3\ndef f():\n    return y\n",
        "from __future__ import annotations\ndef f(x: Unknown = 3):\n    return x\n",
        "name = input('Your name: ')\ndef f():\n    return 3\n",
        "def f():\n    return 3\nf = f() / 2\n",
        "import time\n# what? 100%!\ndef f():\n    return 3 if __name__ == '__main__' else 0\n",
    ],
)
def test_what_works_in_a_notebook_works(worker, source):
    _, events = run(worker, source)
    assert events["f"]["answer"]["value"] == 3


def test_statements_that_are_skipped_do_not_run(worker):
    source = "table = []\ndef f():\n    return len(table)\ntable.append(1); table.append(2)\n"
    transcript, events = run(worker, source, skip=[[0, 1, 10], [0, 4, 17]])
    assert events["f"]["answer"]["value"] == 1
    assert [frame["at"] for frame in transcript.frames if frame["event"] == "started"] == [
        [0, 1, 0],
        [0, 2, 0],
        [0, 4, 0],
    ]


def test_a_worker_that_was_launched_is_not_started_again(program):
    with Light(program, LIMITS) as launched:
        launched.launch()
        process = launched.process
        launched.prepare(("numpy",))
        assert run(launched, "def f():\n    return 1\n")[1]["f"]["answer"]["value"] == 1
        assert launched.process is process
        launched.prepare(("scipy",))
        assert launched.process is None


def test_what_is_displayed_is_ignored(worker):
    source = (
        "assert display(1) is None\n"
        "handle = display(2, display_id=True)\n"
        "handle.update(3)\n"
        "def f():\n    return 1\n"
    )
    assert run(worker, source)[1]["f"]["answer"]["value"] == 1


def test_drawing_is_seeded(worker):
    source = "import numpy as np, random\ndef f():\n    return np.random.rand(3) + random.random()\n"
    values = [run(worker, source)[1]["f"]["answer"]["value"] for _ in range(2)]
    np.testing.assert_array_equal(*values)


DRAWS = """
import random, keras, numpy as np, tensorflow as tf
def normal():
    return tf.random.normal([3]).numpy()
def seeded():
    return tf.random.normal([3], seed=5).numpy()
def shuffled():
    return tf.random.shuffle(tf.range(20)).numpy()
def of_keras():
    return keras.random.uniform([3], seed=random.randint(0, 99)).numpy()
def first_weights():
    return keras.layers.Dense(2)(np.ones([1, 3])).numpy()
"""
DRAWN = ("normal", "seeded", "shuffled", "of_keras", "first_weights")


def test_what_a_chapter_draws_does_not_depend_on_those_before_it(with_tensorflow):
    questions = [
        {"name": name, "probe": "call", "arguments": [name], "freedom": {}, "watch": []} for name in DRAWN
    ]

    def last_of(seeds):
        request = {
            "cells": [{"id": "cell", "source": DRAWS, "gives": []}],
            "preset": {},
            "skip": [],
            "names": DRAWN,
            "probes": PROBES,
            "chapters": [
                {"task": "f", "stand_ins": "", "seed": seed, "questions": questions} for seed in seeds
            ],
        }
        frames = with_tensorflow.ask(request, 20.0).frames[-2 * len(DRAWN) :]
        return [frame["answer"]["value"] for frame in frames if frame["event"] == "answer"]

    alone, later, other = map(last_of, ([1], [7, 3, 1], [2]))
    for name, first, again, otherwise in zip(DRAWN, alone, later, other, strict=True):
        np.testing.assert_array_equal(first, again, name)
        assert not np.array_equal(first, otherwise), name
