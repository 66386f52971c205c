"""What grading lacks costs nothing but what needs it, and there it is named as the cause."""

import functools
import sys

import pytest
import solved

from autograder.engine import submission
from autograder.jail import Limits, Worker

ASSIGNMENT = "gmm-two-ways"
# What `mstep` and the task that calls it are worth; others are not asked.
POINTS = {"mstep": 15, "emgmm_model": 8}
IMPORTS = "import numpy as np\nimport tensorflow as tf\n"
MSTEP = """
def mstep(x, posterior):
    x = tf.cast(x, tf.float32)
    posterior = tf.cast(posterior, tf.float32)
    count = tf.reduce_sum(posterior, 0)
    means = tf.reduce_sum(posterior * x, 0) / count
    variances = tf.reduce_sum(posterior * (x - means) ** 2, 0) / count
    return tf.math.log(count), means, {half} * tf.math.log(variances + {eps})
"""
HONEST = MSTEP.format(half="0.5", eps="0.0")
USES_EPS = MSTEP.format(half="0.5", eps="EPS")
DRIVE = "from google.colab import drive\ndrive.mount('/content/drive')\n"


@pytest.fixture(scope="module")
def graded(shared_worker):
    """The function from answers {cell id: source} to the result."""
    shared_worker.limits = Limits()
    judged = functools.partial(solved.judged, shared_worker, ASSIGNMENT, only=POINTS)
    return lambda answers, last=None: judged(answers, last=last)


def lost(result):
    return {name: task.outcome for name, task in result.tasks.items() if task.points != task.max}


# Each is a right answer to mstep, with something around it that works in Colab or in a newer setting.
HARMLESS = {
    "a mount before a constant": DRIVE + "EPS = 0.0\n" + USES_EPS,
    "a package that is not installed": "import unheard_of as un\nun.set_theme()\n" + HONEST,
    "a folder that is not there": 'import os\nos.chdir("/content")\n' + HONEST,
    "an install that fails": (
        "import subprocess\nsubprocess.run(['pip', 'install', 'x'], check=True)\n" + HONEST
    ),
    "an extension": "%load_ext tensorboard\n%tensorflow_version 2.x\n!pip install x\n" + HONEST,
    "a failed trial": HONEST + "mstep(1)\nEPS = 0.0\n" + USES_EPS,
    "await": HONEST + "import asyncio\nawait asyncio.sleep(0)\n",
    "await that a constant comes from": (
        "import asyncio\nasync def zero():\n    await asyncio.sleep(0.01)\n    return 0.0\n"
        "EPS, _ = await asyncio.gather(zero(), zero())\n" + USES_EPS
    ),
    "a cell magic of a package": "%%memit -r 1\n" + HONEST,
    "magics one after another": "%%time\n%%capture output\n" + HONEST + "output.show()\n",
    "a line magic with assignment": "EPS = %time 0.0 * 2\n" + USES_EPS,
    "a variable of the environment": "%env EPS=0.0\nimport os\nEPS = float(os.environ['EPS'])\n" + USES_EPS,
    "options of a line magic": "%timeit -n 1 -r 1 print(1)\nfiles = !ls\nfor f in files: print(f)\n" + HONEST,
    "a file of its own": "%%writefile helpers.py\nhalf = 0.5\n# %% cell\nfrom helpers import half\n"
    + MSTEP.format(half="half", eps="0.0"),
    "a file that runs": "%%writefile helpers.py\nhalf = 0.5\n# %% cell\n%run helpers.py\n"
    + MSTEP.format(half="half", eps="0.0"),
    "a cell magic of its own": (
        "from IPython.core.magic import register_cell_magic\n@register_cell_magic\ndef twice(line, cell):\n"
        "    get_ipython().run_cell(cell)\n    get_ipython().run_cell(cell)\n# %% cell\n%%twice\n" + HONEST
    ),
    "magics of a class": (
        "from IPython.core.magic import Magics, cell_magic, magics_class\n@magics_class\n"
        "class Own(Magics):\n    @cell_magic\n    def never(self, line, cell):\n        return\n"
        "get_ipython().register_magics(Own)\n# %% cell\n"
        + HONEST
        + "# %% cell\n%%never\ndef mstep(x, posterior):\n    return 1\n# %% cell\n"
    ),
    "get_ipython by its full name": (
        "from IPython import get_ipython\nfrom IPython.core.getipython import get_ipython as ours\n"
        "get_ipython().run_line_magic('matplotlib', 'inline')\nours().system('ls')\nEPS = 0.0\n" + USES_EPS
    ),
    "parts of IPython's shell": (
        "ip = get_ipython()\nip.events.register('post_run_cell', print)\nip.config['a'].b = 1\n"
        "ip.display_formatter.formatters['text/html'].for_type(int, str)\n"
        "assert 'IPKernelApp' not in ip.config\nip.push({'EPS': 0.0})\n" + USES_EPS
    ),
    "an answer in a file of its own": (
        "%%writefile own.py\nimport tensorflow as tf\n"
        + HONEST
        + "# %% cell\nfrom own import mstep\n# %% cell\n"
    ),
    "an answer by an assignment in a cell below the stub": (
        "def mstep(x, posterior):\n    raise NotImplementedError('TODO')\n# %% cell\n"
        + HONEST.replace("mstep", "own")
        + "import functools\nmstep = functools.partial(own)\n"
    ),
    "another language": "%%bash\nif true; then ls; fi\n# %% cell\n" + HONEST,
    "a statement that stands outside of a function": HONEST + "return mstep\n",
    "names of the grader": (
        "display = input = get_ipython = FREEDOM = POLICIES = probes = plain = 3\n" + HONEST + "display\n"
    ),
    "a preset name": "training_inputs = None\n" + HONEST,
}


# `test_unlucky_notebooks` has the same in a whole notebook.
IN_A_WHOLE_NOTEBOOK = {
    "a cell magic of its own",
    "an answer by an assignment in a cell below the stub",
    "another language",
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in IN_A_WHOLE_NOTEBOOK)) for name in HARMLESS],
)
def test_what_is_not_the_task_costs_nothing(graded, name):
    result = graded({"mstep": HARMLESS[name]})
    assert lost(result) == {} and result.automatic == sum(POINTS.values()) and result.flags == ()


# (answer to mstep, a cell at the end, outcome, words of the finding, words of what to do)
NEEDED = {
    "a file of the drive": (
        DRIVE + "EPS = float(open('/content/drive/MyDrive/eps.txt').read())\n" + USES_EPS,
        None,
        "error",
        "`EPS` is missing because line 3 of cell mstep",
        "Define `EPS` in a statement",
    ),
    "through several names, in another cell": (
        DRIVE + "# %% cell\ntable = drive.load()\n# %% cell\nEPS = table.eps\n# %% cell\n" + USES_EPS,
        None,
        "error",
        "line 1 of an added cell, `from google.colab import drive`, raised",
        "Colab's Drive",
    ),
    "a package of Colab's": (
        "import torch\nEPS = torch.zeros(1).item()\n" + USES_EPS,
        None,
        "error",
        "line 1 of cell mstep, `import torch`, raised ModuleNotFoundError",
        "Colab has the package `torch`",
    ),
    "a package of Colab's within the function": (
        MSTEP.format(half="0.5", eps="__import__('plotly').eps"),
        None,
        "error",
        "No module named 'plotly'",
        "Colab has the package `plotly`",
    ),
    "through a function that sets it": (
        "def load():\n    global EPS\n    EPS = float(open('eps.txt').read())\nload()\n" + USES_EPS,
        None,
        "error",
        "`EPS` is missing because line 4 of cell mstep, `load()`",
        "Only your notebook is handed in",
    ),
    "a file that was not handed in": (
        "from helpers import *\n" + USES_EPS,
        None,
        "error",
        "`EPS` is missing because line 1",
        "only your notebook is handed in",
    ),
    "the function itself": (
        "import plotly\n@plotly.traced\n" + HONEST.lstrip(),
        None,
        "error",
        "`plotly` is missing because line 1",
        "Colab has the package `plotly`",
    ),
}


@pytest.mark.parametrize("name", NEEDED)
def test_the_true_cause_is_told_where_something_depends_on_it(graded, name):
    answer, last, outcome, words, remedy = NEEDED[name]
    result = graded({"mstep": answer}, last)
    (finding,) = result.tasks["mstep"].findings
    assert words in finding.message and remedy in finding.hint
    assert lost(result) == {"mstep": outcome}


def test_a_name_that_a_later_cell_gave_another_value_is_named(graded):
    result = graded({"mstep": "EPS = 0.0\n" + USES_EPS}, "x = 1\nEPS = 'small'\n")
    (finding,) = result.tasks["mstep"].findings
    assert lost(result) == {"mstep": "error"} and finding.id == "raised"
    assert "`EPS` has another value by then: line 2 of an added cell, `EPS = 'small'`," in finding.hint


def test_the_reader_is_told_which_statement_could_not_run(graded):
    result = graded({"mstep": "EPS = open('eps.txt').read()\n" + USES_EPS})
    (flag,) = result.flags
    assert flag.id == "statement-failed"
    assert "line 1 of cell mstep, `EPS = open('eps.txt').read()`, raised FileNotFoundError" in flag.message


def test_a_stub_that_was_not_written_is_named(graded):
    stub = "def half():\n    raise NotImplementedError('TODO')\nHALF = half()\n"
    result = graded({"mstep": stub + MSTEP.format(half="HALF", eps="0.0")})
    assert "Finish that task first" in result.tasks["mstep"].findings[0].hint and result.flags == ()


@pytest.mark.parametrize("end", ["raise SystemExit", "exit()", "raise ValueError('stop here')"])
def test_an_authors_own_stop_ends_the_cell(graded, end):
    wrong = "\ndef mstep(x, posterior):\n    return 1\n"
    assert lost(graded({"mstep": HONEST + end + wrong})) == {}


# What Python 3.11 cannot read, and a newer one can.
FSTRING = 'def words(d):\n    return f"{d["a"]}"\n'
GENERIC = "def first[T](x: T) -> T:\n    return x\n"
TEMPLATE = 'def page(x):\n    return t"<b>{x}</b>"\n'


@pytest.mark.parametrize("newer", [TEMPLATE, *([FSTRING, GENERIC] if sys.version_info < (3, 12) else [])])
def test_a_task_in_a_newer_pythons_syntax_is_for_a_person(graded, newer):
    result = graded({"mstep": newer + HONEST})
    (finding,) = result.tasks["mstep"].findings
    assert lost(result) == {"mstep": "ungraded"} and finding.id == "newer-python"
    assert "is written for Python 3.1" in finding.message


def test_a_task_that_needs_a_cell_in_a_newer_pythons_syntax_is_for_a_person(graded):
    result = graded({"mstep": TEMPLATE + "EPS = 0.0\n# %% cell\n" + USES_EPS})
    assert lost(result) == {"mstep": "ungraded"}


def test_so_is_one_that_needs_what_was_added_to_a_given_cell_in_it(graded, release):
    (given,) = (cell.source for cell in release.cells if submission.grade_id(cell) == "given_imports")
    result = graded({"given_imports": given + "\n" + TEMPLATE + "EPS = 0.0\n", "mstep": USES_EPS})
    assert lost(result) == {"mstep": "ungraded"}


def test_a_cell_in_a_newer_pythons_syntax_costs_nothing_that_does_not_need_it(graded):
    assert lost(graded({"mstep": TEMPLATE + "# %% cell\n" + HONEST})) == {}


def test_a_syntax_error_is_the_students(graded):
    result = graded({"mstep": HONEST.replace("posterior):", "posterior)") + TEMPLATE})
    (finding,) = result.tasks["mstep"].findings
    assert lost(result) == {"mstep": "error"} and "SyntaxError" in finding.message


# A right answer to train that looks up eight constants, each of which takes a while.
SLOW_TRAIN = """
import time
def constant(seconds):
    time.sleep(seconds)
    return 0.0
{constants}
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs) + {total}
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
"""


def slow_train(seconds):
    names = [f"C{place}" for place in range(8)]
    constants = "\n".join(f"{name} = constant({seconds})" for name in names)
    return SLOW_TRAIN.format(constants=constants, total=" + ".join(names))


@pytest.mark.slow
def test_running_the_cells_is_no_tasks_time():
    with Worker() as worker:
        result = solved.judged(worker, ASSIGNMENT, {"train": slow_train(3)})
    assert lost(result) == {}  # 24 seconds, where a task has 10


@pytest.mark.slow
def test_slow_statements_cost_only_the_task_that_needs_them():
    limits = Limits(cells_seconds=6.0)
    with Worker(limits) as worker:
        result = solved.judged(worker, ASSIGNMENT, {"train": slow_train(1.5)})
        (finding,) = result.tasks["train"].findings
        assert lost(result) == {"train": "timeout"} and "of cell train: `C" in finding.message
        wrong = MSTEP.format(half="1.0", eps="0.0")
        result = solved.judged(worker, ASSIGNMENT, {"train": slow_train(1.5), "mstep": wrong})
        assert lost(result) == {"train": "timeout", "mstep": "partial"}


@pytest.mark.slow
def test_a_statement_that_hangs_is_named_where_it_is_needed(graded):
    hangs = "import time\nEPS = time.sleep(1000) or 0.0\n"
    result = graded({"mstep": hangs + USES_EPS})
    (finding,) = result.tasks["mstep"].findings
    assert lost(result) == {"mstep": "error"} and "did not end in time and was left out" in finding.message
    assert [flag.id for flag in result.flags] == ["statement-left-out"]
