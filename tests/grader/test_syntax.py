"""What is read from a submission's source."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder import syntax


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
        lengths = list(pool.map(lambda _: len(syntax.statements(source)), range(100)))
    assert lengths == [300] * 100


@pytest.mark.parametrize("source", ["def f(:", "x = \0", "(" * 500 + ")" * 500])
def test_what_is_not_python_has_no_statements(source):
    assert syntax.statements_or_none(source) == []
    assert syntax.says_more(source, "pass", code=True)
