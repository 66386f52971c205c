"""What a submission can reach, and what becomes of one that hangs, crashes or floods."""

import numpy as np
import pytest

from autograder.jail import Limits, Worker

PROBES = """
def call(names, name):
    return {"value": names[name]()}
"""


@pytest.fixture(scope="module")
def worker():
    with Worker(Limits(memory_bytes=3 << 30)) as running:
        yield running


def run(worker, source, names=("f",), seconds=20.0, questions=("f",), hurry=False):
    request = {
        "cells": [{"id": "cell", "source": source}],
        "preset": {},
        "skip": [],
        "hurry": hurry,
        "names": list(names),
        "stand_ins": "",
        "probes": PROBES,
        "questions": [
            {"name": name, "probe": "call", "arguments": [name], "freedom": {}, "seed": 1}
            for name in questions
        ],
    }
    transcript = worker.ask(request, seconds)
    events = {
        frame.get("question"): frame
        for frame in transcript.frames
        if frame["event"] in ("answer", "error")
    }
    return transcript, events


def value_of(worker, body, seconds=20.0):
    """What a function with this body returns in the jail, as a number or an array."""
    source = "def f():\n" + "\n".join("    " + line for line in body.splitlines())
    _, events = run(worker, source + "\n", seconds=seconds)
    assert events["f"]["event"] == "answer", events["f"]
    return events["f"]["answer"]["value"]


# bubblewrap's own, the worker, and the three of a fork.
OWN_PROCESSES = 5
REFUSED = """
import {modules}
try:
    {attempt}
except Exception as error:
    return 0
return 1
"""


@pytest.mark.parametrize(
    ("modules", "attempt"),
    [
        ("os", "import gmm_tf"),
        ("os", "import autograder"),
        ("socket", "socket.create_connection(('127.0.0.1', 22), 1).close()"),
        ("socket", "socket.create_connection(('192.0.2.1', 80), 1).close()"),
        ("os", "open('/usr/student', 'w')"),
        ("sys", "open(sys.prefix + '/student', 'w')"),
        ("os", "os.setuid(0)"),
        ("os", "os.kill(1, 9) or 1 / 0"),
        ("subprocess", "subprocess.run(['mount', '-t', 'tmpfs', 'x', '/mnt'], check=True)"),
        ("os", "open('/etc/passwd').read()"),
        ("numpy", "numpy.ones((4 << 30) // 8).sum()"),
    ],
)
def test_the_jail_refuses(worker, modules, attempt):
    assert value_of(worker, REFUSED.format(modules=modules, attempt=attempt)) == 0


def test_no_file_of_this_project_can_be_seen(worker):
    body = """
import os
seen = 0
for folder, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if f not in ("proc", "sys", "dev")]
    seen += sum(name in ("gmm-two-ways.ipynb", "gmm_two_ways", "fit_em.py") for name in files + folders)
return seen
"""
    assert value_of(worker, body, seconds=120.0) == 0


def test_no_process_of_the_host_can_be_seen(worker):
    body = "import os\nreturn len([p for p in os.listdir('/proc') if p.isdigit()])"
    assert value_of(worker, body) <= OWN_PROCESSES


def test_no_environment_variable_of_the_host_is_there(worker, monkeypatch):
    body = "import os\nreturn int(any('SECRET' in name for name in os.environ))"
    monkeypatch.setenv("COURSE_SECRET", "x")
    worker.stop()
    assert value_of(worker, body) == 0


def test_tensorflow_works_in_every_fork(worker):
    for _ in range(3):
        source = "import tensorflow as tf\ndef f():\n    return tf.reduce_sum(tf.ones(4)).numpy()\n"
        _, events = run(worker, source)
        assert events["f"]["answer"]["value"] == 4


def test_modules_that_tensorflow_imports_late_are_there(worker):
    source = """
import numpy as np, tensorflow as tf
def f():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(loss="mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    return model.predict(np.ones((4, 2)), verbose=0).shape[0]
"""
    assert run(worker, source)[1]["f"]["answer"]["value"] == 4


def test_a_hang_ends_in_time_and_the_next_fork_works(worker):
    transcript, events = run(worker, "def f():\n    while True: pass\n", seconds=3.0)
    assert transcript.ended == "timeout" and not events and transcript.seconds < 5
    assert value_of(worker, "return 7") == 7


@pytest.mark.parametrize(
    "death",
    ["import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)", "import ctypes; ctypes.string_at(0)"],
)
def test_a_crash_is_seen_and_the_next_fork_works(worker, death):
    transcript, events = run(worker, f"def f():\n    {death}\n")
    assert "f" not in events
    assert value_of(worker, "return 7") == 7
    assert transcript.frames[-1] == {"event": "asked", "question": "f"}


def test_killing_everything_costs_only_this_conversation(worker):
    run(worker, "def f():\n    import os\n    os.kill(-1, 9)\n")
    assert value_of(worker, "return 7") == 7


def test_a_process_left_behind_is_dead_before_the_next_fork(worker):
    source = "def f():\n    import os, time\n    if os.fork() == 0:\n        time.sleep(60)\n    return 1\n"
    run(worker, source, seconds=5.0)
    body = "import os\nreturn len([p for p in os.listdir('/proc') if p.isdigit()])"
    assert value_of(worker, body) <= OWN_PROCESSES


def test_a_file_left_behind_is_gone_in_the_next_fork(worker):
    for folder in ("/tmp", "/dev/shm"):
        assert value_of(worker, f"open('{folder}/note', 'w').write('x')\nreturn 1") == 1
        assert value_of(worker, f"import os\nreturn int(os.path.exists('{folder}/note'))") == 0


def test_submissions_share_a_worker_whose_memory_none_can_read(worker):
    body = """
import os
own = max(int(p) for p in os.listdir("/proc") if p.isdigit())
opened = 0
for p in os.listdir("/proc"):
    if p.isdigit() and int(p) < own - 2:
        for name in ("mem", "maps", "environ", "auxv"):
            try:
                open(f"/proc/{p}/{name}", "rb").read(1)
                opened += 1
            except OSError:
                pass
        try:
            os.kill(int(p), 0)
            opened += int(p) not in (1, 2)  # these numbers are this fork's own
        except OSError:
            pass
return opened
"""
    value_of(worker, "return 1")
    assert worker.shareable
    assert value_of(worker, body) == 0


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


def test_a_statement_that_raises_ends_its_cell_only(worker):
    transcript, events = run(worker, "def f():\n    return 3\n1 / 0\ndef f():\n    return 4\n")
    assert events["f"]["answer"]["value"] == 3
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


def test_slow_statements_that_nothing_needs_are_named(worker):
    source = """
import time
data = [1]
def f():
    return data[0]
for i in range(2):
    time.sleep(.4)
history = time.sleep(.6)
data = [2] + time.sleep(.6) if time.sleep(.6) else [2]
"""
    transcript, _ = run(worker, source)
    ready = next(frame for frame in transcript.frames if frame["event"] == "ready")
    assert ready["needless"] == [[0, 3], [0, 4]]


def test_in_a_hurry_loops_that_nothing_needs_do_not_run(worker):
    source = """
import time
table = []
def f():
    return len(table)
for i in range(3):
    table.append(i)
while True:
    time.sleep(1)
"""
    assert run(worker, source, hurry=True)[1]["f"]["answer"]["value"] == 3


def test_drawing_is_seeded(worker):
    source = "import numpy as np, random\ndef f():\n    return np.random.rand(3) + random.random()\n"
    values = [run(worker, source)[1]["f"]["answer"]["value"] for _ in range(2)]
    np.testing.assert_array_equal(*values)
