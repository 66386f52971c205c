"""What a notebook's text says of its statements, against what running them does."""

import ast
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.engine import outline
from autograder.engine.outline import ANYTHING, Names, Outline


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f = 1", {"binds": "f"}),
        ("a.b = 1", {"parts": "a", "reads": "a"}),
        ("c[i].d = 2", {"parts": "ci", "reads": "ci"}),
        ("for i in x:\n    t.append(i)", {"binds": "i", "calls": "t", "reads": "itx"}),
        ("import a.b, d as e", {"binds": "ae"}),
        ("from h import *", {"binds": [ANYTHING]}),
        ("%run h.py", {"binds": [ANYTHING]}),
        ("%time m = t(1)", {"binds": "m", "reads": "t"}),
        ("[y := q for q in z]", {"binds": "y", "reads": "yz"}),
        ("await f()", {"reads": "f"}),
        ("x = lambda: u", {"binds": "x", "reads": "u"}),
        ("exec(text)", {"binds": [ANYTHING], "reads": ["exec", "text"], "handed": [("exec", "text")]}),
        ("@keep.one\ndef f():\n    return g", {"binds": "f", "calls": ["keep"], "reads": ["keep", "g"]}),
        (
            "def f():\n    globals()['a'] = 1",
            {"binds": "f", "reads": ["globals"], "effects": [ANYTHING, "globals"]},
        ),
        ("def f():\n    return globals().get('a')", {"binds": "f", "reads": ["globals"]}),
        ("class A(B):\n    def m(self):\n        return q", {"binds": "A", "reads": "Bq"}),
        (
            "def f(x):\n    global g\n    g = 1\n    y = x + z\n    t.append(y)\n    y[0] = w.b = 1",
            {"binds": "f", "reads": "gtwz", "effects": "gtw"},
        ),
    ],
)
def test_names_of_a_statement(source, expected):
    ((part,),) = outline.statements_in(source)
    assert part.names == Names(**{field: frozenset(names) for field, names in expected.items()})


STATEMENTS = st.sampled_from(
    [
        "a = 1",
        "b = [a]",
        "b.append(a)",
        "c = f(a) if a else b",
        "a += 1",
        "d = [x for x in (a, b)]",
        "del c",
        "def f(n):\n    return n, a",
        "def g():\n    global a\n    a = 7\n    return b",
        "g()",
        "e = g()",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(STATEMENTS, max_size=12))
def test_what_a_statement_rebinds_is_among_what_it_sets(sources):
    """Oracle: the namespace before and after the statement was run."""
    whole = Outline(("\n".join(sources),))
    space = {}
    for place, part in whole.statements.items():
        before = dict(space)
        try:
            exec(compile(ast.Module([part.node], []), "cell", "exec"), space)
        except (NameError, TypeError, AttributeError):
            pass
        changed = {
            name
            for name in (before | space).keys() - {"__builtins__"}
            if before.get(name, space) is not space.get(name, space)
        }
        assert changed <= whole.sets(place, "")


SESSION = """
import time
data = [1]
def f():
    return data[0]
for i in range(2):
    time.sleep(.4)
history = time.sleep(.6)
data = [2] + time.sleep(.6) if time.sleep(.6) else [2]
"""


def lines(places):
    return sorted(line for _, line, _ in places)


def test_slow_statements_that_nothing_needs():
    whole = Outline((SESSION,))
    assert lines(whole.needless(whole.statements, ())) == [6, 8]
    assert lines(whole.needless(whole.statements, {"data", "time"})) == [2, 3, 6, 8, 9]
    assert whole.needless((), ()) == set()


def test_what_a_function_depends_on():
    source = "a = 1\nb = a\nc = 2\ndef f():\n    return b\ndef g():\n    return c\n"
    whole = Outline((source,))
    assert lines(whole.not_wanted(whole.statements, {"f"})) == [3, 6]
    assert lines(whole.not_wanted(whole.statements, {"g"})) == [1, 2, 4]


def test_loops_that_nothing_needs():
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
    assert lines(Outline((source,)).loops()) == [8]


def test_what_only_tries_functions_out():
    source = """
import time
table, scale = [], 1
def fit(x):
    time.sleep(5)
    return x
def f():
    return len(table) * scale
def double():
    global scale
    scale = 2
table.append(fit)
scale = 3
result = fit(1)
print(result)
for i in range(3):
    fit(i)
double()
"""
    assert lines(Outline((source,)).trials(["f"])) == [14, 15, 16]


@pytest.mark.parametrize(
    ("source", "is_one"),
    [
        ("check()", True),
        ("autograder.check('a.ipynb')", True),
        ("from autograder import check", True),
        ("import autograder", True),
        ("check(f, 1)", False),
        ("x = check()", False),
        ("f().check()", False),
        ("grader.check()", False),
        ("from grader import check", False),
    ],
)
def test_a_call_of_our_own_check_is_no_part_of_an_answer(source, is_one):
    assert bool(Outline((source,)).own_checks()) == is_one


def test_a_check_of_the_notebooks_own_is_part_of_it():
    whole = Outline(("def check(): return 1", "check()", "import autograder\nautograder.check()"))
    assert whole.own_checks() == {(2, 1, 0), (2, 2, 0)}


def test_cells_of_magics_and_cells_that_are_not_python():
    cells = ("%%writefile h.py\nx = 1", "%%time\ny = 1\nz = 2", "def broken(:\ntable = 1")
    whole = Outline(cells)
    assert whole.sets((0, 2, 0), cells[0]) == {ANYTHING}
    assert whole.sets((1, 2, 0), cells[1]) == {"y"} and whole.sets((1, 9, 0), cells[1]) == set()
    assert whole.sets((2, 0, 0), cells[2]) == {"broken", "table"}


def names(k):
    """Twenty names."""
    return ", ".join(f"g{k}_{i}" for i in range(20))


USED = ", ".join(f"f{k}" for k in range(200))


@pytest.mark.parametrize(
    "source",
    [
        "a\n" * 50_000,
        "\n".join(f"def f{i}():\n    global g{i}\n    g{i} = f{i + 1}()" for i in range(2000)),
        "\n".join(f"a{i} = a{i + 1} + a{7919 * i % 4999}" for i in range(4990)),
        "a" + ".b" * 50_000 + "()",
        "x = " + "(" * 150 + ")" * 150,
        "def\n" + " " * 500_000 + "x",
        "@cell_magic\n" * 43_000,
        "%time -" + "1" * 500_000 + "(",
        "\n".join(f"def f{k}():\n    global {names(k)}\n    {names(k)} = {USED}" for k in range(200)),
        "\n".join(f"def f{k}():\n    global g{k}\n    g{k} = f{k + 1}" for k in range(490)),
        " = ".join(f"a{k}" for k in range(20_000)) + " = (" + ",".join(f"b{k}" for k in range(20_000)) + ")",
        ("a" + ".b()" * 700 + "\n") * 40,
    ],
    ids=[
        "many statements",
        "many functions",
        "a long chain",
        "a deep one",
        "brackets",
        "blanks",
        "decorators",
        "options",
        "functions that use each other",
        "functions that use the next",
        "many names",
        "methods",
    ],
)
def test_a_hostile_text_costs_the_grader_little(source):
    start = time.process_time()
    whole = Outline((source,))
    whole.trials(["f"])
    whole.loops()
    whole.not_wanted(list(whole.statements), ["a0"])
    assert time.process_time() - start < 5


FILLED = """TABLE = {}
def fill(t, n):
    t["c"] = n
fill(TABLE, 9)
def f(x):
    return x * TABLE["c"]
"""


@pytest.mark.parametrize(
    "call", ["fill(TABLE, 9)", "[TABLE.update(c=n) for n in (9,)]", "fill(t=TABLE, n=9)"]
)
def test_what_fills_a_table_is_no_trial(call):
    notebook = Outline((FILLED.replace("fill(TABLE, 9)", call), "while f(1) < 0: pass"))
    filling = (0, 4, 0)
    assert filling in notebook.statements and filling not in notebook.trials(["f"])
    assert not notebook.needless([filling], ()) and not notebook.not_wanted([filling], ["f"])
    assert filling not in notebook.loops() and (1, 1, 0) in notebook.loops()


def test_training_a_model_is_a_trial():
    notebook = Outline(
        ("def train(m): m.fit()", "class M: pass", "model = M()", "train(model)", "def f(): return model")
    )
    assert (3, 1, 0) in notebook.trials(["f"])


def test_what_sets_a_constant_is_no_loop_to_leave_out():
    notebook = Outline(("C = {}\ndef integrate(n): C['c'] = n\nintegrate(9)\ndef f(x): return C['c'] * x",))
    assert (0, 3, 0) not in notebook.loops()
