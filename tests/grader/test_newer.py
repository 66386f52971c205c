"""Syntax of a newer Python is told from what no Python can read."""

import sysconfig
from pathlib import Path

import pytest

from autograder.engine.newer import OURS, version_of

# What the newer Pythons themselves read, and 3.11 does not.
NEWER = {
    (3, 12): (
        'f"{d["a"]}"',
        "f'{x['a']!r:>{w['n']}} {{}} {y}'",
        "def g():\n    return f\"{d['a']}\" + f'{d['a']:%Y-{m['b']}}'  # it's\n",
        'f"{"\\n".join(x)}"',
        'f"""{\n x  # a comment\n}"""',
        'f"{f"{f"{1}"}"}"',
        "print(f'{d['a'] = }')",
        "def f[T](x: T) -> T:\n    return x",
        "async def f[*Ts, **P]() -> None: ...",
        "class A[T: (int, str)](B):\n    pass",
        "type X = int | str",
        "type Pair[T] = tuple[T, T]",
        "%matplotlib inline\ny = f'{d['b']}'",
    ),
    (3, 14): ('t"hello {x}"', "try:\n    a\nexcept A, B:\n    pass"),
}
INVALID = (
    "def f(:\n    pass",
    "f'{d['a'}'",
    "x = (1",
    'f"{d["a"]}" +',
    "print 'x'",
    "def f[T(x): pass",
    "x = 'abc",
    "class A[T]",
    'f"{a b}"',
    "f'{'",
    "f'{}'",
    "f'}'",
    "type X int",
    "def f[](): pass",
    "t'",
    "f'{x!q}'",
    "def mstep(x, posterior)\n    return f'{d['a']}'",
    "f" * 3 + "'{'" * 2000,
    "f'{" * 2000,
    "def f[" * 2000,
)


@pytest.mark.parametrize("source, version", [(s, v) for v, sources in NEWER.items() for s in sources])
def test_newer_syntax_is_known(source, version):
    assert version_of(source) == (version if version > OURS else None)


@pytest.mark.parametrize("source", INVALID, ids=lambda source: source[:20])
def test_what_no_python_reads_is_not_newer(source):
    assert version_of(source) is None


def test_what_this_python_reads_is_not_newer():
    library = Path(sysconfig.get_path("stdlib"))
    for name in ("typing", "dataclasses", "turtle", "ast", "traceback", "logging/__init__", "xmlrpc/client"):
        assert version_of((library / f"{name}.py").read_text()) is None
