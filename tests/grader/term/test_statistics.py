"""Statistics equal pandas' and NumPy's."""

import numpy as np
import pandas
import pytest

from autograder.report import statistics

RNG = np.random.default_rng(3)
CLASSES = {
    "normal": RNG.integers(0, 11, (40, 6)).astype(float),
    "small": np.array([[0.0, 1], [2, 2], [10, 0], [1, 2]]),
    "with gaps": np.where(RNG.random((60, 4)) < 0.1, np.nan, RNG.random((60, 4)).round(2) * 10),
}


def points_of(frame):
    return {
        name: {student: None if np.isnan(v) else v for student, v in column.items()}
        for name, column in frame.items()
    }


@pytest.mark.parametrize("name", CLASSES)
def test_numbers_equal_an_independent_computation(name):
    frame = pandas.DataFrame(CLASSES[name]).rename(columns=str)
    points, whole_rows = points_of(frame), frame.dropna()
    for column in frame:
        item = statistics.item(column, points, 10.0)
        own = frame[column].dropna()
        rest = whole_rows.drop(columns=column).sum(axis=1)
        related = np.corrcoef(whole_rows[column], rest)[0, 1]
        shares = (own == 0).mean(), (own == 10).mean()
        expected = (len(own), own.mean(), own.std(), own.mean() / 10, related, *shares)
        assert item[2:] == pytest.approx(expected, abs=1e-9)
    total = frame.sum(axis=1)
    whole = statistics.of_scores(list(total), points)
    k = frame.shape[1]
    alpha = k / (k - 1) * (1 - whole_rows.var().sum() / whole_rows.sum(axis=1).var())
    assert whole[:3] == pytest.approx((len(total), total.mean(), total.std()), abs=1e-9)
    assert whole.quartiles == pytest.approx(np.quantile(total, [0.25, 0.5, 0.75]), abs=1e-9)
    assert whole.alpha == pytest.approx(alpha, abs=1e-9)


@pytest.mark.parametrize("rows", [[], [[1.0, 2.0]], [[1.0, 2.0]] * 3, [[None, 1.0], [None, 2.0]]])
def test_what_is_not_defined_is_none(rows):
    points = {name: {n: row[at] for n, row in enumerate(rows)} for at, name in enumerate("ab")}
    whole = statistics.of_scores([sum(v or 0 for v in row) for row in rows], points)
    assert whole.alpha is None and len(whole.quartiles) == (3 if rows else 0)
    items = [statistics.item(name, points, 2.0) for name in "ab"]
    assert all(item.item_rest is None for item in items)
    header, table = statistics.table(items, whole)
    assert len(table) >= 3 and all(len(row) <= len(header) for row in table)


def test_alpha_says_of_how_many_students_it_is():
    points = {"a": {"S1": 1.0, "S2": 2.0, "S3": 3.0}, "b": {"S1": 1.0, "S2": 3.0, "S3": None}}
    _, rows = statistics.table([], statistics.of_scores([2.0, 5.0, 3.0], points))
    assert rows[-1][0] == "alpha" and rows[-1][2] == 2
