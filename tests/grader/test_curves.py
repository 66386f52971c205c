"""Pictures of expected against returned: what is drawn, and when."""

import base64

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from autograder import tasks
from autograder.engine.judge import Answer
from autograder.student import pictures as curves

ALL = [
    (assignment, name, curve)
    for assignment in tasks.ASSIGNMENTS
    for name, asked in tasks.load(assignment).curves().items()
    for curve in asked
]


def right(name, arguments):
    """What a right answer returns, by SciPy's densities in loops."""
    if name == "exact_posterior":
        x, means = (np.float64(part) for part in arguments)
        angles = np.pi / 4 + np.pi / 2 * np.arange(4)
        joint = np.array(
            [
                [
                    [multivariate_normal.pdf(row, m + (np.cos(a), np.sin(a)), 0.25**2) for a in angles]
                    for m in means
                ]
                for row in x
            ]
        )
        return joint / joint.sum((1, 2), keepdims=True)
    x, *parameters = (np.float64(part).ravel() for part in arguments[2:])
    weights = np.exp(parameters[0]) / np.exp(parameters[0]).sum()
    joint = np.array(
        [w * norm.pdf(x, m, np.exp(s)) for w, m, s in zip(weights, *parameters[1:], strict=True)]
    ).T
    return np.log(joint.sum(1, keepdims=True) if name == "mixture_likelihood" else joint)


def answer(value):
    return Answer("answer", {"value": value})


@pytest.mark.parametrize(("assignment", "name", "curve"), ALL)
def test_a_right_answer_has_nothing_to_show(assignment, name, curve):
    value = right(name, curve.question.arguments)
    np.testing.assert_allclose(curves.curves_in(answer(value), curve), curve.expected, atol=1e-5)
    assert not curves.differs(curve.expected, curves.curves_in(answer(np.float32(value)), curve))


@pytest.mark.parametrize(("assignment", "name", "curve"), ALL)
def test_a_wrong_answer_is_drawn_with_words_for_where_it_differs(assignment, name, curve):
    value = right(name, curve.question.arguments)
    value[len(curve.x) // 2] = np.nan if value.shape[1] > 1 else 0.0  # exp(0) = 1 is too high there
    returned = curves.curves_in(answer(value), curve)
    assert curves.differs(curve.expected, returned)
    picture = curves.draw(curve, returned)
    assert base64.b64decode(picture.png).startswith(b"\x89PNG")
    assert f"{curve.across} = {curve.x[len(curve.x) // 2]:.2g}: expected" in picture.caption
    assert picture.caption.endswith(("returned 1.", "returned nan."))
    assert curve.upright in picture.alt


@pytest.mark.parametrize(("assignment", "name", "curve"), ALL)
def test_what_is_no_curve_is_not_drawn(assignment, name, curve):
    n = len(curve.x)
    for value in (np.zeros((n, 9)), np.zeros(3), np.float64(1), np.zeros((0, 1)), "text"):
        assert curves.curves_in(answer(value), curve) is None
    assert curves.curves_in(Answer("timeout", {}), curve) is None
    assert curves.curves_in(None, curve) is None


def test_tails_that_underflow_are_nothing_to_show():
    curve = tasks.load("gmm-two-ways").curves()["mixture_likelihood"][0]
    value = right("mixture_likelihood", curve.question.arguments)
    value[value < -7] = -np.inf
    assert np.isinf(value).any()
    assert not curves.differs(curve.expected, curves.curves_in(answer(value), curve))


@pytest.mark.parametrize(("assignment", "name", "curve"), ALL)
def test_the_question_can_be_asked(assignment, name, curve):
    rules = tasks.load(assignment)
    assert name in [task.id for task in rules.tasks]
    assert f"def {curve.question.probe}(" in rules.probes
    assert all(f"def {stand_in}(" in rules.stand_ins((stand_in,)) for stand_in in curve.question.stand_ins)
