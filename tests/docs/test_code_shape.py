"""The counts of `benchmarks/code_shape.py`, on a module made for it."""

import sys

import pages

sys.path.insert(0, str(pages.ROOT / "benchmarks"))
import code_shape

MODULE = '''
class Public:
    """Doc."""

    def method(self, a: int, *rest: int) -> None:
        """Doc."""

    def _private(self, a):
        return a


class _Hidden:
    def method(self):
        return lambda x: x


@property
def decorated(a, b, /, c=1, *, d, **e):
    def nested(x: int) -> int:
        return x

    return nested
'''


def test_functions_are_counted_as_the_page_says():
    found = code_shape.functions(MODULE)
    assert [one.lines for one in found] == [2, 2, 2, 6, 2]
    assert [one.parameters for one in found] == [2, 1, 0, 5, 1]
    assert [one.is_annotated for one in found] == [True, False, False, False, True]
    assert [one.is_public for one in found] == [True, False, False, True, False]
    assert [one.has_docstring for one in found] == [True, False, False, False, False]


def test_the_table_counts_this_checkout():
    shape = code_shape.shape(code_shape.sources(None))
    assert int(shape["files"]) == sum(
        len(list((pages.ROOT / p).rglob("*.py"))) for p in ("gmm_tf", "autograder")
    )
    assert 0 < int(shape["median"]) <= int(shape["p90"]) <= int(shape["longest"])
    # As CONTRIBUTING.md says.
    assert (shape["over 45 lines"], shape["public annotated"]) == ("0", "100 %")
