"""The grader reads any text in time that grows as its length does. Nothing of a submission runs here.

What reads a text outside of the jail has no time limit, and a match of one regular expression lets no other
thread run: one cell could stop the grading of a class.
"""

import time

import nbformat
from IPython.core import inputtransformer2

from autograder.engine import causes, identities, judge, newer, outline, submission
from autograder.engine.interview import Failure
from autograder.engine.judge import Answer
from autograder.jail.inside import magics

SIZE = 60_000
# Seconds of CPU for one text, and for all. Most take a few hundredths; where time grows with the square of
# the length, one takes from a second to minutes.
MOST, MOST_OF_ALL = 0.5, 3.0
# What begins a text, what is repeated in it, and what ends it.
TEXTS = [
    *(("", part, "") for part in ("'", '"', "'''", '"""', "\\", " ", "\t", "\n", "(", "@", "%", "!", "?")),
    *(("", part, "") for part in ("=", "= %", "#", "# ", "#@", "# @title ", ">>> ", "In [1]:", "\u2028")),
    *(("", part, "") for part in ("%time ", "cell_magic ", "@cell_magic\n", "register_magic_function(")),
    *(("", part, "") for part in ("\r", "async ", "except a, ", "type a", "f'{", "attachment:")),
    *((f"x = {quote}", "\\a", "") for quote in ("'", '"', "'''", '"""')),
    *((f"x = {quote}", f"\\{quote}", "") for quote in ("'", '"')),
    ("f'{x", " =", ""),
    ("def\n", " ", "x"),
    ("%time -", "1", "("),
]
ABOUT = {"nbgrader": {"grade_id": "f", "solution": True, "grade": False}}
RELEASE = nbformat.v4.new_notebook(
    cells=[nbformat.v4.new_code_cell("def f(x):\n    raise NotImplementedError", metadata=ABOUT)]
)


def read(text):
    """Do what the grader does with a text."""
    source = submission._readable(text, "code")
    cell = {"cell_type": "code", "source": source, "metadata": {}, "attachments": {}}
    submission._attached(cell, {})
    identities.identities([cell], RELEASE)  # by what it means, defines and sets
    outline.Outline((source,)).sets((0, 0, 0), source)
    newer.version_of(source)
    try:
        magics.transform(source)
    except RecursionError:
        pass  # in the jail, the cell is then one that is not Python


def seconds(texts):
    """{what is repeated: seconds of CPU that it takes to read}."""
    taken = {}
    for begin, part, end in texts:
        start = time.process_time()
        read(begin + (part * SIZE)[: SIZE - len(begin + end)] + end)
        taken[begin, part, end] = time.process_time() - start
    return taken


def test_a_text_that_repeats_itself_takes_little_time(monkeypatch):
    # IPython itself transforms cells in the jail alone.
    monkeypatch.setattr(inputtransformer2.TransformerManager, "transform_cell", lambda self, text: text)
    read("x = 1\n%time f()\n")
    taken = seconds(TEXTS)
    assert {text: took for text, took in taken.items() if took > MOST} == {}
    assert sum(taken.values()) < MOST_OF_ALL


def failed(name, lacks, source, kind="NameError"):
    """A statement that failed for want of a name."""
    data = {"type": kind, "message": f"name '{lacks}' is not defined"}
    return Failure("cell", 1, "", source, frozenset({name}), Answer("error", data))


def test_a_chain_of_names_that_lack_one_another_has_an_end():
    failures = [failed(f"a{n}", f"a{n + 1}", "") for n in range(5000)]
    assert causes.behind("a0", failures[:9]) == failures[8]
    assert causes.behind("a0", failures) == failures[causes.LINKS - 1]


def test_a_cell_is_read_once_for_all_statements_that_failed_in_it(monkeypatch):
    read = []
    monkeypatch.setattr(newer, "version_of", lambda source, python: read.append(source))
    failures = [failed("f", "g", source, "SyntaxError") for source in ("one", "two") * 500]
    verdict = judge.verdict([judge.unknown("Wrong.")])
    assert causes.explained(verdict, "f", [], failures, (3, 11)) == (verdict, ())
    assert sorted(read) == ["one", "two"]
