"""A student's own check: of a running session, of a file, in a terminal, and of what it cannot do."""

import ast
import base64
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from borrowed import Borrowed, ready
from command_line import invoked
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import autograder
from autograder import CannotCheck, tasks
from autograder.engine import grading, submission
from autograder.jail import process as jail
from autograder.student import checking, session

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "gmm-two-ways"
RULES = tasks.load(ASSIGNMENT)
SOLUTION = ROOT / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
RELEASE = ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


@pytest.fixture
def shell():
    """A new IPython session, which `get_ipython` knows."""
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False  # nothing on disk
    yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()


def ran(shell, *cells):
    """Run cells as a person does; those that fail, fail."""
    for cell in cells:
        shell.run_cell(cell, store_history=True)


def read(shell, release):
    return session.read(shell, release, RULES).submission


def account(shell, release):
    return list(session.read(shell, release, RULES).account)


def again(read):
    """The names after the cells of a Submission ran anew, each up to its first exception."""
    names = {"get_ipython": lambda: None}
    for cell in read.cells:
        for node in ast.parse(cell.source).body:
            try:
                exec(compile(ast.Module([node], []), cell.id, "exec"), names)
            except Exception:
                break
    return names


# --- what the namespace really holds ---------------------------------------------------------------

# Cells in the order in which they ran; `mstep(3, 1)` in the session is the oracle.
SESSIONS = {
    "a cell that was run again": [
        "def mstep(x, p):\n    return 1",
        "def mstep(x, p):\n    return 2",
    ],
    "a helper that came later": [
        "def mstep(x, p):\n    return double(x) + OFFSET",
        "def double(x):\n    return 2 * x",
        "OFFSET = 5",
    ],
    "a cell that stopped before its definition": [
        "def mstep(x, p):\n    return 1",
        "1 / 0\ndef mstep(x, p):\n    return 2",
    ],
    "a cell that stopped after its definition": [
        "def mstep(x, p):\n    return 1",
        "def mstep(x, p):\n    return 2\nmstep(0)",
    ],
    "a cell that is not Python": [
        "def mstep(x, p):\n    return 1",
        "def mstep(x, p:\n    return 2",
    ],
    "an older version that came back": [
        "def mstep(x, p):\n    return helper(x)",
        "def helper(x):\n    return 1",
        "def helper(x):\n    return 2",
        "def helper(x):\n    return 1",
    ],
    "constants that changed": [
        "SCALE = 2\nTABLE = []",
        "def mstep(x, p):\n    return SCALE * x + sum(TABLE) + LOOK['a']",
        "SCALE = SCALE * 3\nTABLE.append(7)",
        "LOOK = {}\nfor name in 'ab':\n    LOOK[name] = ord(name)",
        "SCALE += 1",
    ],
    "magics": [
        "%%time\ndef mstep(x, p):\n    return helper(x)",
        "%time waste = [1, 2]\ndef helper(x):\n    return x + 1",
        "%%capture\ndef helper(x):\n    return x + 2",
    ],
    "a shell line": ["files = !echo a\ndef mstep(x, p):\n    return BASE + x", "BASE = 1"],
    "a cell of another language": ["K = 1\ndef mstep(x, p):\n    return K", "%%script true\nK = 2"],
    "names that were deleted": [
        "waste = 1\nK = 2\ndef mstep(x, p):\n    return K",
        "del waste, K\nK = 3",
    ],
    "a name that only an inner function reads": [
        "K = 3",
        "def mstep(x, p):\n    def inner():\n        return K\n    return inner()",
    ],
    "a decorator and a default": [
        "import functools\nBASE = 4",
        "@functools.lru_cache\ndef mstep(x, p, base=BASE):\n    return base + x",
        "BASE = 40",
    ],
    "a lambda, and a name for it": ["f = lambda x, p: x + p", "mstep = f", "f = None"],
    "a function made by a function": [
        "def make(k):\n    def inner(x, p):\n        return k * x\n    return inner",
        "mstep = make(3)",
    ],
    "a global that a function counts": [
        "COUNT = 1\ndef bump():\n    global COUNT\n    COUNT += 1\n    return COUNT",
        "def mstep(x, p):\n    return bump() - bump()",
    ],
    "a condition": [
        "try:\n    import no_such_module as m\nexcept ImportError:\n    m = None",
        "if m is None:\n    def mstep(x, p):\n        return str(m)",
    ],
    "numbers too long to be written": [
        "LARGE = 0x" + "f" * 5000,
        "def mstep(x, p, large=0x" + "e" * 5000 + "):\n    return (LARGE - large) % 1009 + x",
    ],
    "source nested deep": [
        "class N:\n    pass\nn = N(); n.a = n",
        f"def mstep(x, p):\n    return n{'.a' * 500} is n",
    ],
    "names that a text sets": ["exec('K = 7')", "def mstep(x, p):\n    return K * x"],
    "names that a function sets": [
        "def put(name, value):\n    globals()[name] = value",
        "put('K', 7)",
        "def mstep(x, p):\n    return K * x",
    ],
    "a star import": ["from math import *", "def mstep(x, p):\n    return floor(x + pi)"],
    "a registry": [
        "PARTS = {}\ndef part(f):\n    PARTS[f.__name__] = f\n    return f",
        "@part\ndef double(x):\n    return 2 * x",
        "def mstep(x, p):\n    return PARTS['double'](x)",
    ],
    "a registry that is an object": [
        "class Parts(dict):\n    def add(self, f):\n        return self.setdefault('double', f)",
        "parts = Parts()",
        "@parts.add\ndef double(x):\n    return 2 * x",
        "def mstep(x, p):\n    return parts['double'](x)",
    ],
    "a separator of Unicode in a string": ["SEP = 'a\u2028b'", "def mstep(x, p):\n    return len(SEP) + x"],
    "a patched class": [
        "class Step:\n    k = 2\n    def call(self, x):\n        return self.k * x",
        "def mstep(x, p):\n    return Step().call(x)",
        "Step.k = 5",
        "1 / 0\nclass Step:\n    k = 3\n    def call(self, x):\n        return self.k",
    ],
}


@pytest.mark.parametrize("cells", SESSIONS.values(), ids=SESSIONS)
def test_what_is_judged_is_what_the_session_holds(shell, release, cells):
    ran(shell, *cells)
    expected = shell.user_ns["mstep"](3, 1)
    assert again(read(shell, release))["mstep"](3, 1) == expected


def test_files_that_cells_write_are_there(shell, release, tmp_path, monkeypatch):
    """IPython has run `%%writefile` as a call, which the check runs again."""
    monkeypatch.chdir(tmp_path)
    ran(
        shell,
        "%%writefile no_such_helpers.py\nK = 7",
        "def mstep(x, p):\n    import no_such_helpers\n    return no_such_helpers.K",
    )
    written, answer = read(shell, release).cells
    assert "'writefile', 'no_such_helpers.py', 'K = 7\\n'" in written.source and "mstep" in answer.source


def test_training_plots_and_checks_are_left_out(shell, release):
    seen = []
    shell.user_ns["seen"] = seen
    ran(
        shell,
        "def mstep(x, p):\n    return x\nprint(mstep(1, 2))",
        "for step in range(3):\n    seen.append(mstep(step, 1))",
        "trace = [seen.append(mstep(k, 1)) for k in range(3)]",
        "loss = 0\nwhile loss < 3:\n    loss += 1",
        "def plot():\n    seen.append(trace)\nplot()",
    )
    cells = read(shell, release).cells
    assert len(seen) == 7
    assert [(cell.id, cell.source.strip()) for cell in cells] == [("mstep", "def mstep(x, p):\n    return x")]


def test_a_function_whose_name_holds_its_result_by_now_is_judged(shell, release):
    ran(shell, "def loss(model, x):\n    return 3", "loss = loss(None, 1)")
    found = read(shell, release)
    assert again(found)["loss"](None, 1) == 3 and "loss" not in found.untouched


def test_lines_are_where_the_student_sees_them(shell, release):
    ran(shell, "# note\nprint('x')\n%time y = 3\n\n@staticmethod\ndef mstep(x, p):\n    return x  # here")
    (cell,) = read(shell, release).cells
    assert cell.source.splitlines()[4:] == ["@staticmethod", "def mstep(x, p):", "    return x  # here"]
    assert not "".join(cell.source.splitlines()[:4])


def test_a_stub_and_a_deleted_function_are_not_answered(shell, release):
    stub = next(cell.source for cell in release.cells if submission.grade_id(cell) == "make_data")
    ran(shell, stub, "def mstep(x, p):\n    return 1", "def loss(model, x):\n    return 1", "del loss")
    untouched = read(shell, release).untouched
    assert "mstep" not in untouched and {"make_data", "loss", "gmm_model"} <= untouched


def test_a_function_from_elsewhere_is_named(shell, release):
    shell.user_ns["loss"] = len
    ran(shell, "def mstep(x, p):\n    return 1")
    (flag,) = read(shell, release).flags
    assert flag.id == "from-no-cell" and "`loss`" in flag.message


# --- what the student is told about what is judged ---------------------------------------------------

FIRST, SECOND = "def mstep(x, p):\n    return 1", "def mstep(x, p):\n    return 2"


@pytest.fixture
def saved(shell, release, tmp_path, monkeypatch):
    """Save a notebook with these answers where the session looks for its file."""
    path = tmp_path / "mine.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))

    def save(**answers):
        notebook = nbformat.from_dict(release)
        for cell in notebook.cells:
            cell.source = answers.get(submission.grade_id(cell), cell.source)
        nbformat.write(notebook, path)

    return save


def test_each_function_is_named_with_the_run_that_made_it(shell, release):
    ran(shell, "def loss(model, x):\n    return 1", FIRST, "x = 1", SECOND)
    assert account(shell, release) == [
        "Checked as last run: loss (In [1]), mstep (In [4]). Edits made since then cannot be seen."
    ]


BEFORE = "In [2] ended in an error before it defined mstep, so the version of In [1] was checked."


@pytest.mark.parametrize(
    ("failing", "said", "remembered"),
    [
        ("1 / 0\n" + SECOND, BEFORE, True),
        ("1 / 0\n" + SECOND, BEFORE, False),
        ("def mstep(x, p:\n    return 2", BEFORE, True),
        ("def mstep(x, p:\n    return 2", BEFORE, False),
        (SECOND + "\nmstep(0)", "its cell, In [2], ended in an error after it defined mstep.", True),
    ],
)
def test_a_cell_that_ended_in_an_error_is_named_until_it_runs_through(
    shell, release, failing, said, remembered
):
    ran(shell, FIRST, failing)
    if not remembered:  # as in IPython 7 and 8
        shell.history_manager.exceptions.clear()
    assert account(shell, release)[1:] == [f"mstep: {said}"]
    ran(shell, "1 / 0", SECOND)
    assert len(account(shell, release)) == 1


def test_a_helper_whose_cell_failed_is_named(shell, release):
    ran(
        shell,
        "def helper(x):\n    return x",
        "def mstep(x, p):\n    return helper(x)",
        "1 / 0\ndef helper(x):\n    return 2 * x",
    )
    assert account(shell, release)[1].startswith("helper: In [3] ended in an error before it defined helper")


def test_what_differs_in_the_saved_notebook_is_named(shell, release, saved):
    loss = "def loss(model, x):\n    return helper(x)"
    ran(shell, FIRST, "def helper(x):\n    return x", loss)
    saved(mstep=FIRST + "  # a comment", loss="def helper(x):\n    return -x\n" + loss)
    seen, words = account(shell, release)
    assert seen.endswith("Edits that are not saved cannot be seen.")
    assert words.startswith("helper: the saved notebook, which is what you hand in, differs from what ran.")
    helper, make_data = "\ndef helper(x):\n    return x", "def make_data(n):\n    return n"
    saved(mstep=SECOND, loss=loss + helper, make_data=make_data)
    assert [words.partition(":")[::2] for words in account(shell, release)[1:]] == [
        (
            "mstep",
            " the saved notebook, which is what you hand in, differs from what ran. Save the notebook, "
            "run the cell again, and check again.",
        ),
        ("make_data", " answered in the saved notebook, but not run in this session."),
    ]


def test_vs_code_names_the_saved_notebook_in_a_cell_that_leaves_no_trace(
    shell, release, saved, tmp_path, monkeypatch
):
    monkeypatch.delenv("JPY_SESSION_NAME")
    source = f"__vsc_ipynb_file__ = {str(tmp_path / 'mine.ipynb')!r}"
    shell.run_cell(source, silent=True, store_history=False)
    ran(shell, FIRST)
    saved(mstep=SECOND)
    seen, words = account(shell, release)
    assert seen == "Checked as last run: mstep (In [1]). Edits that are not saved cannot be seen."
    assert words.startswith("mstep: the saved notebook, which is what you hand in, differs from what ran.")


def test_a_file_of_another_kind_is_no_saved_notebook(shell, release, monkeypatch):
    ran(shell, FIRST)
    for path in (RELEASE.parent, ROOT / "README.md", RELEASE.with_name("no-such.ipynb")):
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
        assert account(shell, release)[0].endswith("Edits made since then cannot be seen.")


# --- in a jail, or not -------------------------------------------------------------------------------


@pytest.fixture
def workers(monkeypatch):
    """What ran nothing: whether each check would have run the notebook in a jail."""
    used = []

    def judge(own, rules, secret, worker):
        used.append(worker.jailed)
        results = {task.id: grading.TaskResult(0.0, task.points, "wrong") for task in rules.tasks}
        return grading.Result("graded", (), results, own)

    monkeypatch.setattr(checking.grading, "judge_submission", judge)
    monkeypatch.setattr(jail, "kind_here", lambda wanted: ("bubblewrap" if wanted is True else wanted, None))
    monkeypatch.setattr(checking.Worker, "start", lambda worker: None)
    return used


@pytest.mark.parametrize(
    ("options", "works", "jailed", "said"),
    [
        ([], True, True, "in a bubblewrap jail ..."),
        (["--jailed"], True, True, "in a bubblewrap jail ..."),
        (["--jail", "landlock"], True, "landlock", "in a landlock jail ..."),
        (
            ["--no-jail"],
            True,
            False,
            "without a jail: the notebook's code runs with all your permissions ...",
        ),
        (
            [],
            False,
            False,
            "without a jail, as none works here: the notebook's code runs with all your permissions ...",
        ),
    ],
)
def test_the_first_line_says_whether_there_is_a_jail(workers, monkeypatch, options, works, jailed, said):
    if not works:
        monkeypatch.setattr(checking.Worker, "start", no_jail)
    done = invoked("check", SOLUTION, *options)
    assert done.stderr.splitlines() == [f"Checking 8 tasks of gmm-two-ways {said}"]
    assert workers == [jailed] and done.stdout.startswith("0 of 91")


def test_the_first_line_says_what_the_jail_lacks(workers, monkeypatch):
    def weak(worker):
        warnings.warn("The jail is weaker here: this system lacks Landlock.", stacklevel=2)
        worker.lacking = ("Landlock",)

    monkeypatch.setattr(checking.Worker, "start", weak)
    done = invoked("check", SOLUTION)
    said = "in a bubblewrap jail (weaker here: this system lacks Landlock) ..."
    assert done.stderr.splitlines() == [f"Checking 8 tasks of gmm-two-ways {said}"]


@pytest.mark.parametrize("options", [["--jail", "chroot"], ["--jail", "landlock", "--no-jail"]])
def test_a_kind_of_jail_that_cannot_be_meant_is_refused(workers, options):
    done = invoked("check", SOLUTION, *options)
    assert done.exit_code == 2 and not workers and "Expected" in done.stderr


def no_jail(worker):
    raise jail.JailUnavailable("No jail here.")


def test_a_jail_that_was_asked_for_and_does_not_work_is_an_error(workers, monkeypatch):
    monkeypatch.setattr(checking.Worker, "start", no_jail)
    done = invoked("check", SOLUTION, "--jailed")
    assert done.exit_code == 2 and not workers
    words = "No jail here. --no-jail runs the notebook with all your permissions."
    assert done.stderr.split() == words.split()


# --- what cannot be checked ------------------------------------------------------------------------


def said(shell, capsys, cell):
    capsys.readouterr()
    shell.run_cell(cell, store_history=True)
    return capsys.readouterr().out


def test_without_functions_there_are_words_and_no_traceback(shell, capsys):
    words = said(shell, capsys, "from autograder import check; check()")
    assert words.startswith("No function of an assignment is defined here yet")
    assert "gflownet-em" in words and "Traceback" not in words and "checking.py" not in words


def test_functions_of_two_assignments_need_a_name(shell, capsys):
    ran(shell, "def mstep(x, p):\n    return 1", "def component_means(means):\n    return 1")
    words = said(shell, capsys, "from autograder import check; check()")
    assert "gflownet-em and gmm-two-ways" in words and "check(assignment='gflownet-em')" in words


def test_functions_that_came_from_no_cell_are_refused(shell, capsys):
    shell.user_ns["mstep"] = len
    words = said(shell, capsys, "from autograder import check; check()")
    assert words.startswith("The functions of gmm-two-ways come from no cell")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no.*running notebook|this is not a notebook"),
        (("no-such.ipynb",), "no-such.ipynb does not exist"),
        ((ROOT,), "Expected a notebook file"),
        ((3,), "Expected a notebook file, but 3 does not"),
        ((None, "gmm"), "Expected one of the assignments gflownet-em, gmm-two-ways, got 'gmm'"),
        ((SOLUTION, "gmm"), "Expected one of the assignments"),
    ],
)
def test_what_cannot_be_checked_is_said(arguments, words):
    InteractiveShell.clear_instance()
    with pytest.raises(CannotCheck, match=words):
        autograder.check(*arguments)


def test_a_file_that_is_no_notebook_is_unreadable_with_its_reason(tmp_path, capsys):
    path = tmp_path / "x.ipynb"
    path.write_text("<b>")
    found = autograder.check(path)
    assert str(found).startswith("The file is not JSON")
    assert found.row["status"] == "unreadable" and "points" not in found._repr_html_()


# One process for all that a new one shows, in an order in which each import still is the first.
IMPORTS = f"""
import sys
import autograder
autograder.check
loaded = {{"numpy", "scipy", "tensorflow", "nbgrader", "IPython"}} & set(sys.modules)
assert not loaded, loaded

sys.modules["nbformat"] = None
try:
    autograder.check({str(RELEASE)!r})
except autograder.CannotCheck as refusal:
    print(refusal)
del sys.modules["nbformat"]

for name in ("nbgrader", "dask", "distributed", "tensorflow", "sqlalchemy", "gmm_tf"):
    sys.modules[name] = None
from autograder.course.term import collect, commands, roster
heavy = {{"scipy", "pandas"}} & set(sys.modules)
assert not heavy, heavy
result = autograder.grade({ASSIGNMENT!r}, {str(ROOT / "no-such.ipynb")!r})
assert result.status == "unreadable", result
import autograder.student.checking, autograder.__main__
"""


def test_importing_loads_little_and_the_modules_of_a_term_and_of_one_notebook_need_little():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "The check needs nbformat" in done.stdout and "gmm-tf[check]" in done.stdout


# --- the whole way -----------------------------------------------------------------------------------

WRONG_MSTEP = """
def mstep(x, posterior):
    raise KeyError("<b>rho</b>")
"""


def answered(path=SOLUTION):
    """The solution with a density without weights, an M step that raises, and a loss still to do."""
    notebook = nbformat.read(path, as_version=4)
    stubs = {submission.grade_id(cell): cell.source for cell in nbformat.read(RELEASE, as_version=4).cells}
    for cell in notebook.cells:
        name = submission.grade_id(cell)
        if name == "mixture_likelihood":
            assert "tf.nn.log_softmax(" in cell.source
            cell.source = cell.source.replace("tf.nn.log_softmax(", "tf.zeros_like(")
        elif name == "mstep":
            cell.source = WRONG_MSTEP
        elif name == "loss":
            cell.source = stubs[name]
    return notebook


def runnable(notebook):
    """Sources of code cells, without tests and without what grading skips."""
    for cell in notebook.cells:
        skipped = submission.SKIP_TAG in cell.metadata.get("tags", ()) or submission.points(cell)
        if cell.cell_type == "code" and (not skipped or submission.is_answer(cell)):
            yield cell.source


@pytest.fixture(scope="module")
def both(tmp_path_factory, shared_worker):
    """(check of the session, check of the file, what was said) for the same answers.

    In the file a cell begins with a check of its own: that must neither check again nor cost anything. The
    shared worker stands for a process without a jail, of which `test_jail` has one.
    """
    path = tmp_path_factory.mktemp("check") / "mine.ipynb"
    notebook = answered()
    cell = next(cell for cell in notebook.cells if submission.grade_id(cell) == "mstep")
    cell.source = "from autograder import check; check()" + cell.source
    nbformat.write(notebook, path)
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    running, words = InteractiveShell.instance(config=config), []

    def borrow(limits, jailed, preload):
        assert jailed is False
        worker = Borrowed(ready(shared_worker), limits)
        worker.jailed = jailed
        return worker

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "Worker", borrow)
        try:
            ran(running, *runnable(answered()))
            of_session = checking.check(say=words.append)
            of_file = checking.check(path, say=words.append, draw=False)
        finally:
            InteractiveShell.clear_instance()
    return of_session, of_file, words


def test_a_session_and_its_file_are_judged_alike(both):
    of_session, of_file, words = both
    assert of_session.row["tasks"] == of_file.row["tasks"]
    assert of_session.row["status"] == "graded"
    assert words == [
        "Checking 8 tasks of gmm-two-ways in a fresh process ...",
        "Checking 8 tasks of gmm-two-ways without a jail: "
        "the notebook's code runs with all your permissions ...",
    ]


def test_points_and_the_next_task_come_first(both):
    # The density keeps 40% of 25; the M step and the loss earn nothing: 91 - 15 - 15 - 4.
    for found in both[:2]:
        assert found.row["tasks"]["mixture_likelihood"]["findings"][0]["id"] == "weights-forgotten"
        assert found.row["tasks"]["loss"]["outcome"] == "missing"
        assert found.headline == "57 of 91 automatic points so far; next: mixture_likelihood."
        assert "\n".join([*found.account, found.headline]) + "\n" in str(found)
        page = found._repr_html_()
        assert found.headline in page and all(sentence in page for sentence in found.account)
    assert both[0].account[0].startswith("Checked as last run: make_data (In [") and not both[1].account
    assert str(both[0]).startswith("Checked as last run")
    assert "means_mse: 5 points" in both[0].written


def test_the_page_is_escaped_and_shows_what_is_wrong(both):
    page = both[0]._repr_html_()
    assert "KeyError" in page and "&lt;b&gt;rho&lt;/b&gt;" in page and "<b>rho" not in page
    assert "<script" not in page and "cell mstep, line 3" in page
    for words in ("partly right", "raised an error", "not answered", "The mixing weights are left out"):
        assert words in page


def test_only_a_wrong_density_is_drawn_with_words_for_it(both):
    page = both[0]._repr_html_()
    assert list(both[0].pictures) == ["mixture_likelihood"] and page.count("<img") == 1
    png = base64.b64decode(both[0].pictures["mixture_likelihood"].png)
    assert png.startswith(b"\x89PNG") and 'alt="Line plot of the expected density' in page
    # x = .5 is the second component's mean. Its density there is 1 / (.4 sqrt(2 pi)) = .997 and the
    # first one's is .0094; their weights are .306 and .557: .31 in all, and 1.01 without weights.
    assert "differ most at x = 0.5: expected 0.31, returned 1.01." in page


IN_A_JAIL = f"in a {jail.kind_here()[0]} jail ..."


@pytest.fixture
def reaching_out(tmp_path):
    """(path of the answers, file that they try to write outside of a jail)."""
    notebook, outside = answered(), tmp_path / "outside"
    cell = next(cell for cell in notebook.cells if submission.grade_id(cell) == "mstep")
    cell.source = f"try:\n    open({str(outside)!r}, 'w').close()\nexcept OSError:\n    pass\n{cell.source}"
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    return tmp_path / "mine.ipynb", outside


def assert_shown(both, said, shown, errors):
    assert errors.splitlines()[0].endswith(said)
    assert shown.splitlines()[0] == both[0].headline
    assert "weights are left out" in " ".join(shown.split())


def test_the_command_shows_the_same(both, reaching_out, borrowed_worker):
    path, outside = reaching_out
    done = invoked("check", path)
    assert done.exit_code == 0 and not outside.exists(), done.stderr
    assert_shown(both, IN_A_JAIL, done.stdout, done.stderr)


@pytest.mark.slow  # the command, above, in this process
@pytest.mark.parametrize(
    ("options", "said", "reached"),
    [([], IN_A_JAIL, False), (["--no-jail"], "all your permissions ...", True)],
)
def test_a_terminal_shows_the_same(both, reaching_out, options, said, reached):
    path, outside = reaching_out
    words = [sys.executable, "-m", "autograder", "check", path.name, *options]
    done = subprocess.run(words, cwd=path.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert outside.exists() == reached
    assert_shown(both, said, done.stdout, done.stderr)


@pytest.mark.slow  # the session, above, shows the same
def test_in_a_kernel_the_page_is_the_cells_output(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    cells = list(runnable(nbformat.read(SOLUTION, as_version=4)))
    test = next(
        cell.source
        for cell in nbformat.read(SOLUTION, as_version=4).cells
        if submission.grade_id(cell) == "test_loss"
    )
    cells += ["from autograder import check; check()", test]  # the notebook's own checks go on working
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    said, shown = notebook.cells[-2].outputs
    assert said.text == "Checking 8 tasks of gmm-two-ways in a fresh process ...\n"
    assert "91 of 91 automatic points so far: all of them." in shown.data["text/html"]
    assert "\n91 of 91 automatic points so far: all of them.\n" in shown.data["text/plain"]
    assert shown.data["text/plain"].startswith("Checked as last run: make_data (In [")
    assert "<img" not in shown.data["text/html"]
    assert notebook.cells[-1].outputs[0].text == "loss: all checks passed.\n"


class VisualStudioCode:
    """A kernel as VS Code drives it: no Jupyter server, and cells of its own that leave no history."""

    def __init__(self, notebook):
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=notebook.parent)
        self.run(f"__vsc_ipynb_file__ = {str(notebook)!r}", silent=True, store_history=False)

    def run(self, source, **how):
        """(What a cell printed, the data of what it displayed)."""
        messages = []
        reply = self.client.execute_interactive(source, output_hook=messages.append, timeout=300, **how)
        assert reply["content"]["status"] == "ok", reply["content"]
        contents = [message["content"] for message in messages]
        return (
            "".join(content.get("text", "") for content in contents),
            [content["data"] for content in contents if "data" in content],
        )

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.mark.slow  # the session, above, shows the same, and finds the file that VS Code names
def test_in_vs_code_the_points_so_far_come_as_words_and_as_a_page(tmp_path):
    pytest.importorskip("jupyter_client")
    solution = ROOT / "solutions" / "gflownet-em" / "gflownet-em.ipynb"
    cells = nbformat.read(solution, as_version=4).cells
    early = cells[: 1 + [cell.id for cell in cells].index("test-component-means")]  # as in a first sitting
    editor = VisualStudioCode(tmp_path / "gflownet-em.ipynb")
    try:
        ran = {cell.id: editor.run(cell.source) for cell in early if cell.cell_type == "code"}
        said, (shown,) = editor.run("from autograder import check; check()")
        again = next(cell.source for cell in early if cell.id == "test-component-means")
        assert editor.run(again) == ran["test-component-means"]  # the notebook's own checks go on working
    finally:
        editor.close()
    assert ran["test-component-means"] == ("component_means: all checks passed.\n", [])
    assert "image/png" in ran["given-plot-data"][1][0]
    points = "10 of 90 automatic points so far; next: data_log_likelihood."
    assert said == "Checking 10 tasks of gflownet-em in a fresh process ...\n"
    assert f"\n{points}\n" in shown["text/plain"] and points in shown["text/html"]
    assert shown["text/plain"].startswith("Checked as last run: ") and "<img" not in shown["text/html"]
    assert "component_means: 5 of 5, right" in shown["text/plain"]
