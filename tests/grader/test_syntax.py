"""What is read from a submission's source."""

import ast
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.engine import newer, outline, submission, syntax

RELEASES = Path(__file__).resolve().parents[2] / "assignments"


@pytest.fixture
def hasty_threads():
    """Threads take turns as often as Python allows, and inside the parser too."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def collect(phase, info):
        sum(range(200))

    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    gc.callbacks.append(collect)
    yield
    gc.callbacks.remove(collect)
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


def test_submissions_can_be_parsed_in_threads(hasty_threads):
    source = "\n".join(f"def f{i}(x): return [x + {i} * (x - {i}) for x in y]" for i in range(300))
    with ThreadPoolExecutor(4) as pool:
        lengths = list(pool.map(lambda _: len(syntax.statements(source)), range(40)))
    assert lengths == [300] * 40


@pytest.mark.parametrize(
    "source, meant",
    [
        ("x = '''\n%time f()\n!ls\n'''\n%time f()\ny = 1", "x = '''\n%time f()\n!ls\n'''\n\ny = 1"),
        ("x = (7\n% 4)\nz = 7 \\\n% 4\n%time f()", "x = (7\n% 4)\nz = 7 \\\n% 4\n"),
        ("if x:\n    %time f()\n    !ls\ny = 1", "if x:\n    pass\n    pass\ny = 1"),
        ("files = !ls *.csv\na, b = %time f()\n", "files = None\na, b = None\n"),
        ("f?\nnp.exp??\n?f\n# what?\ny = 1", "# what?\ny = 1"),
        ("!echo don't \\\n  say ''' (\ny = 1", "\n\ny = 1"),
        ("%%time\ndef f():\n    return 7 % 3", "\ndef f():\n    return 7 % 3"),
        ("x = '%d' \\\n    % 3\n%who", "x = '%d' \\\n    % 3\n"),
    ],
)
def test_lines_of_ipython_are_left_out_and_text_is_not(source, meant):
    def text(source):
        return ast.unparse(ast.Module(syntax.statements(source), []))

    assert text(source) == ast.unparse(ast.parse(meant))


@pytest.mark.parametrize("quote", ["'", '"', "'''", '"""'])
@pytest.mark.parametrize("text", [r"\a" * 60, r"\'" * 50_000, r"\"" * 50_000], ids=["letters", "'", '"'])
def test_a_string_that_does_not_end_takes_no_time(quote, text):
    source = f"x = {quote}{text}\n"
    assert not syntax.is_python(source) and newer.version_of(source) is None


def test_a_magic_below_a_string_that_does_not_end_is_no_magic():
    assert syntax.without_magics("x = '''\n%time f()\n") == "x = '''\n%time f()\n"
    assert syntax.without_magics("x = 'it\n%time f()\n") == "x = 'it\n\n"


def test_statements_keep_their_lines_where_magics_are_left_out():
    source = "!pip install a \\\n    b\n%time x = 1\ny = 1"
    (last,) = syntax.statements(source)
    assert syntax.text_of(syntax.lines_of(source), last) == "y = 1" and last.lineno == 4


@pytest.mark.parametrize(
    "source",
    [
        "f = partial(g, 1)",
        "f: int = 3",
        "def f(): pass",
        "a, f = lambda: 0, 1",
        "f.call = g",
        "f.a.b = g",
        "setattr(f, 'call', g)",
        "@add_to(f)\ndef call(): pass",
        "if x:\n    f = g",
        "class f(f): pass",
        "from own import f",
        "from own import g as f",
    ],
)
def test_what_a_name_stands_for_is_set_or_changed(source):
    assert "f" in outline.made_by(outline.statements_in(source)[0])


@pytest.mark.parametrize("source", ["f = f(3)", "f(3)", "g = f(3)", "print(f(3))", "x.f = 1", "g(f=1)"])
def test_a_use_of_a_name_is_no_change(source):
    assert "f" not in outline.made_by(outline.statements_in(source)[0])


@pytest.mark.parametrize("source", ["def f(:", "x = \0", "(" * 500 + ")" * 500])
def test_what_is_not_python_has_no_statements(source):
    assert syntax.statements_or_none(source) == []
    assert syntax.says_more(source, "pass", code=True)


@pytest.mark.parametrize("assignment", ["gmm-two-ways", "gflownet-em"])
def test_what_each_given_cell_says_is_remembered(assignment):
    path = RELEASES / assignment / f"{assignment}.ipynb"
    sources = {cell.id: cell.source for cell in submission.read(path, submission.read_release(path)).cells}
    assert "given_checks" in sources
    for name, source in sources.items():
        assert syntax.statements(source) is syntax.statements(source), name
        assert outline.statements_in(source)[0] is outline.statements_in(source)[0], name
