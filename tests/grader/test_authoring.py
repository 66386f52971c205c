"""Declared tasks: what is asked, what is named, what is refused; no jail."""

import sys
import textwrap
import types

import guide
import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder import tasks
from autograder.authoring import Close, JudgeError, draws, loading, numeric
from autograder.authoring import inputs as drawn
from autograder.authoring.proof import prove
from autograder.course import new
from autograder.engine import counterexample
from autograder.engine.interview import judged, questions_of
from autograder.engine.judge import Answer, packed

# The probes as they enter the jail: one text.
IN_THE_JAIL: dict = {}
exec(loading.probes(loading.INSIDE / "calls.py"), IN_THE_JAIL)
calls = types.SimpleNamespace(**IN_THE_JAIL)

HEAD = """import numpy as np
from autograder.authoring import *
"""


def assignment(text, tmp_path, reference="def f(x):\n    return x", name="f"):
    """The Assignment of a judge's text, with a notebook of one task."""
    path, source = tmp_path / "hw.py", tmp_path / "hw.ipynb"
    path.write_text(HEAD + textwrap.dedent(text))
    notebook = new.notebook_of("hw", (name,))
    notebook.cells[3].source = reference
    nbformat.write(notebook, source)
    return loading.load(path, source)


def answered(task, asked, function):
    """Answers of a Python function, as the jail brings them."""
    found = {}
    for name, question in asked.items():
        try:
            probe = getattr(calls, question.probe)
            reply = probe({task.name: function}, *question.arguments[:1], *question.arguments[1:])
            found[name] = Answer("answer", reply)
        except Exception as error:
            found[name] = Answer("error", {"type": type(error).__name__, "message": str(error)})
    return found


def verdict_on(rules, function, secret="one"):
    (task,) = rules.tasks
    asked = questions_of(rules, secret)[task.id]
    return judged(task, asked, answered(task, asked, function))


def smallest(rules, function):
    """{part: line} of the smallest case for a function."""
    (task,) = rules.tasks
    search = counterexample.search(rules.examples[task.id], verdict_on(rules, function), {}, {})
    asked = next(search)
    while True:
        try:
            asked = search.send(list(answered(task, dict(enumerate(asked)), function).values()))
        except StopIteration as end:
            return end.value


SOFTMAX = """
@task(x=normal("N", "K"), sizes={"N": (20, 5), "K": (3, 4)})
def f(x, shift=lambda x: x.max(1, keepdims=True), axis=1):
    '''Softmax of each row.'''
    e = np.exp(x - shift(x))
    return e / e.sum(axis, keepdims=True)

@mistake(f, "not-normalised", STRUCTURE, "Rows do not sum to 1.", "Divide by the sum.")
def _(x):
    return np.exp(x - x.max(1, keepdims=True))

@mistake(f, "floor", TERM, "A constant is added.", c=(1e-2, 1e-1))
def _(x, c):
    return f(x) + c

exchange(f, "wrong-axis", STRUCTURE, "Columns sum to 1.", "Sum over axis 1.", axis=0)
"""


@pytest.fixture
def softmax(tmp_path):
    return assignment(SOFTMAX, tmp_path)


def right(x):
    e = np.exp(np.asarray(x, float) - np.max(x, axis=1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def test_right_answers_in_other_styles_get_everything(softmax):
    for function in (right, lambda x: right(x).tolist(), lambda x: np.float32(right(np.float32(x)))):
        assert verdict_on(softmax, function).share == 1


@pytest.mark.parametrize(
    ("function", "named", "share"),
    [
        (lambda x: np.exp(x - x.max(1, keepdims=True)), "not-normalised", 0.4),
        (lambda x: right(x) + 0.1, "floor", 0.6),
        (lambda x: right(x) + 0.01, "floor", 0.6),
        (lambda x: (e := np.exp(x - x.max(1, keepdims=True))) / e.sum(0), "wrong-axis", 0.4),
        (lambda x: x, "not-a-known-mistake", 0),
        (lambda x: x * np.nan, "not-a-known-mistake", 0),
        (lambda x: None, "raised", 0),
        (lambda x: 1 / 0, "raised", 0),
        (lambda x: right(x)[None], "wrong-shape", 0.92),
        (
            lambda x: np.where(np.arange(x.size).reshape(x.shape) == 3, np.nan, right(x)),
            "not-a-known-mistake",
            0,
        ),
        (lambda x: right(x).ravel()[:3], "not-a-known-mistake", 0),
    ],
)
def test_what_is_wrong_is_named(softmax, function, named, share):
    verdict = verdict_on(softmax, function)
    assert [finding.id for finding in verdict.findings] == [named] and verdict.share == pytest.approx(share)


def test_a_form_that_fails_is_a_fault_of_convention(tmp_path):
    text = SOFTMAX.replace("@task(", "@task(forms=('array', 'list'), ")
    rules = assignment(text, tmp_path)
    verdict = verdict_on(rules, lambda x: right(x) if isinstance(x, np.ndarray) else 1 / 0)
    assert [finding.id for finding in verdict.findings] == ["not-for-every-form"] and 0.7 < verdict.share < 1


def test_the_smallest_case_is_small_and_wrong(softmax):
    (ladder,) = softmax.examples["f"].ladders
    first = ladder.rungs[0]
    assert first[0].size <= 2 and np.array_equal(first[0], np.round(first[0]))
    (line,) = smallest(softmax, lambda x: x).values()
    assert "Smallest case: x = [[" in line and "expected" in line


@given(arrays.arrays(float, (4, 3), elements=st.floats(-1e3, 1e3)), st.floats(-50, 50))
@settings(deadline=None)
def test_a_free_constant_is_free_and_nothing_else(array, constant):
    each, rows = Close(free="all"), Close(free="rows")
    assert each(array + constant, array)
    assert rows(array + np.arange(4)[:, None] * constant, array)
    assert not Close()(array + 1 + np.abs(array).max(), array)
    changed = array.copy()
    changed[0, 1] += 1 + np.abs(array).max()
    assert not rows(changed, array)


@pytest.mark.parametrize(
    "one",
    [
        drawn.normal("N", 2),
        drawn.uniform("N", low=-1, high=3),
        drawn.positive("N", "K"),
        drawn.integers("N", low=2),
        drawn.probabilities("N", "K"),
    ],
)
def test_draws_and_what_is_repaired_are_what_they_should_be(one):
    rng, sizes = np.random.default_rng(0), {"N": 40, "K": 3}
    for small in (False, True):
        (value,) = drawn.drawn({"x": one}, sizes, rng, small)
        assert value.shape == tuple(sizes.get(axis, axis) for axis in one.axes) and value.dtype == one.dtype
        repaired = one.repair(value.astype(float))
        np.testing.assert_array_equal(one.repair(repaired.astype(float)), repaired)
    if one.axes == ("N", "K") and one.dtype == "float64" and value.max() <= 1:
        np.testing.assert_allclose(value.sum(1), 1)


def test_what_is_made_of_normal_numbers_is_round_in_the_smallest_case():
    def covariance(rng, N):
        root = rng.normal(size=(N, N))
        return root @ root.T + np.eye(N) + rng.standard_normal() ** 2

    inputs = {"covariance": drawn.made(covariance)}
    for small in (False, True):
        (value,) = drawn.drawn(inputs, {"N": 3}, np.random.default_rng(0), small)
        assert np.all(value * 4 == np.round(value * 4)) == small
        assert np.all(np.linalg.eigvalsh(value) >= 1 - 1e-9)


# `make test` leaves out the task that draws, whose draws are judged below.
@pytest.mark.parametrize(
    ("secret", "but"),
    [("one", "start"), *(pytest.param(s, "", marks=pytest.mark.slow) for s in ("one", "two"))],
)
def test_the_guides_judge_is_proven_and_every_mistake_named(tmp_path, secret, but):
    rules = guides_rules(tmp_path)
    proof = prove(rules._replace(tasks=tuple(task for task in rules.tasks if task.id != but)), secret)
    assert not proof.faults and not proof.notes
    assert [(task.id, task.points) for task in rules.tasks] == [(name, 10) for name in guide.TASKS]


def guides_rules(tmp_path, old="", new_text=""):
    text = guide.judge_text()
    (tmp_path / "k-means.py").write_text(text.replace(old, new_text) if old else text)
    source = tmp_path / "k-means.ipynb"
    nbformat.write(new.notebook_of("k-means", guide.TASKS), source)
    for block in guide.blocks():
        if block.about.startswith("cell="):
            guide.fill(source, block.about.removeprefix("cell="), block.text)
    return loading.load(tmp_path / "k-means.py", source)


def test_right_helpers_are_the_reference_and_hide_what_they_use(tmp_path):
    scope = {}
    exec(guides_rules(tmp_path).stand_ins(("update",)), scope)
    public = {name for name in scope if not name.startswith("_")}
    x = np.random.default_rng(0).normal(size=(9, 2))
    assert public == {"update"} and scope["update"](x, x[:2])[0].shape == (2, 2)


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(1, 20), marks=pytest.mark.slow)])
def test_random_tasks_have_few_false_alarms_and_power(tmp_path, seeds):
    rules = guides_rules(tmp_path)
    task = next(task for task in rules.tasks if task.id == "start")
    for seed in seeds:
        np.random.seed(seed)
        asked = questions_of(rules, f"secret {seed}")["start"]
        good = answered(task, asked, lambda x, k: x[np.random.choice(len(x), k, replace=False)])
        assert judged(task, asked, good).share == 1
    sorted_rows = answered(task, asked, lambda x, k: x[np.sort(np.random.choice(len(x), k, replace=False))])
    assert judged(task, asked, sorted_rows).findings[0].id == "not-a-known-mistake"


DRAWN_PAIR = """
@random_task(n=size("N"), sizes={"N": (5, 3)}, returns=("steps", "place"))
def f(rng, n):
    '''Normal steps, and where they end.'''
    steps = rng.standard_normal(n)
    return steps, steps.sum()

@mistake(f, "not-summed", STRUCTURE, "The place is the last step.")
def _(rng, n):
    steps = rng.standard_normal(n)
    return steps, steps[-1]
"""


def test_a_random_task_may_return_a_pair(tmp_path):
    rules = assignment(DRAWN_PAIR, tmp_path)
    (task,) = rules.tasks
    assert not prove(rules).faults
    rng, asked = np.random.default_rng(0), questions_of(rules, "one")["f"]

    def walk(n, end=np.sum):
        steps = rng.standard_normal(n)
        return steps, end(steps)

    for function, ids in (
        (walk, []),
        (lambda n: walk(n, lambda steps: steps[-1]), ["not-summed"]),
        (lambda n: walk(n, np.mean), ["not-a-known-mistake"]),
        (lambda n: walk(n)[:1], ["not-a-known-mistake"]),
        (lambda n: (walk(n)[1], walk(n)[0]), ["not-a-known-mistake"]),
    ):
        verdict = judged(task, asked, answered(task, asked, function))
        assert [finding.id for finding in verdict.findings] == ids


DRAWN_BY_PIECES = """
def spread(draw, arguments):
    return draw.max() - draw.min()

@random_task(n=size("N"), sizes={"N": (5, 3)}, statistics=(spread,), entries=False)
def f(rng, n, scale=1.0):
    '''Normal numbers.'''
    return scale * rng.standard_normal(n)

exchange(f, "twice", TERM, "The scale is 2.", scale=2.0)
"""


def test_a_random_task_has_exchanged_pieces_and_names_its_statistics(tmp_path):
    rules = assignment(DRAWN_BY_PIECES, tmp_path)
    assert not prove(rules).faults
    rng = np.random.default_rng(0)
    (finding,) = verdict_on(rules, lambda n: 2.0 * rng.standard_normal(n)).findings
    assert finding.id == "twice" and ", spread is " in finding.message
    assert verdict_on(rules, rng.standard_normal).share == 1


DRAWN_THROUGH = """
@random_task(n=fixed(3), sizes={}, calls=("shift",))
def f(rng, n):
    '''Shifted normal numbers.'''
    return 5 + rng.standard_normal(n)

@mistake(f, "twice", TERM, "It is shifted twice.")
def _(rng, n):
    return 10 + rng.standard_normal(n)
"""


def test_a_random_task_may_call_another(tmp_path):
    """Draws count with right helpers or with the student's own, whichever is better."""
    reference = "def shift(x):\n    return x + 5\ndef f(n):\n    return shift(np.random.standard_normal(n))"
    rules = assignment(DRAWN_THROUGH, tmp_path, reference)
    assert not prove(rules).faults
    (task,) = rules.tasks
    asked, rng = questions_of(rules, "one")["f"], np.random.default_rng(0)
    assert {question.stand_ins for question in asked.values()} == {("shift",), ()}
    found = {
        shift: answered(task, asked, lambda n, shift=shift: shift + rng.standard_normal(n))
        for shift in (5, 10)
    }
    for with_right, with_own, share in ((5, 10, 1), (10, 5, 1), (10, 10, 0.6)):
        answers = {
            name: found[with_own if question.fallback else with_right][name]
            for name, question in asked.items()
        }
        assert judged(task, asked, answers).share == share


def test_right_draws_are_made_once_for_a_class(tmp_path, monkeypatch):
    rules = assignment(DRAWN_BY_PIECES, tmp_path)
    made, draws_of = [], draws.right_draws

    def counted(declared, question, pieces, times):
        made.append(times > 1)
        return draws_of(declared, question, pieces, times)

    monkeypatch.setattr(draws, "right_draws", counted)
    rng, counts = np.random.default_rng(0), []
    for _ in range(2):
        verdict_on(rules, lambda n: 2.0 * rng.standard_normal(n))
        counts.append(sum(made))
        made.clear()
    assert counts[0] == 2 * 2 and counts[1] == 0  # the right ones and the mistake's, for both questions


def test_the_same_answers_to_the_same_questions_are_judged_once(softmax, tmp_path, monkeypatch):
    times, judged_reading = [], numeric.judged

    def counted(reading):
        times.append(1)
        return judged_reading(reading)

    monkeypatch.setattr(numeric, "judged", counted)
    for function in (right, right, lambda x: right(x) + 1e-7):
        verdict_on(softmax, function)
    other = assignment(SOFTMAX.replace("Rows do not sum to 1.", "No rows sum to 1."), tmp_path)
    for rules, words in ((softmax, "Rows do not sum to 1."), (other, "No rows sum to 1.")):
        verdict = verdict_on(rules, lambda x: np.exp(x - np.max(x, axis=1, keepdims=True)))
        assert verdict.findings[0].message == words
    assert len(times) == 2 + 2
    assert packed({"one": Answer("answer", {"value": np.array([1j])})}) is None


def test_a_fixed_seed_is_said(tmp_path):
    rules = assignment(DRAWN_BY_PIECES, tmp_path)
    (finding,) = verdict_on(rules, lambda n: np.random.default_rng(0).standard_normal(n)).findings
    assert finding.message.startswith("Every call returned the same draw.")


def test_one_array_in_place_of_two_parts_is_said_as_one(tmp_path):
    text = """
    @task(x=normal("N", 2), sizes={"N": (4, 5)}, returns=("a", "b"))
    def f(x):
        'Two columns.'
        return x[:, 0], x[:, 1]
    """
    rules = assignment(text, tmp_path)
    (finding,) = verdict_on(rules, lambda x: np.asarray(x)).findings
    assert finding.message == "Expected 2 results, a, b; got 1."
    assert verdict_on(rules, lambda x: np.asarray(x).T).share == 1  # a stack of both


@pytest.mark.parametrize("returned", ["x.mean(0), x.sum(0)", "{'sum': x.sum(0), 'mean': x.mean(0)}"])
def test_parts_may_come_in_a_dictionary_by_their_names(tmp_path, returned):
    text = f"""
    @task(x=normal("N", 2), sizes={{"N": (5, 7)}}, returns=("mean", "sum"))
    def f(x):
        'Both.'
        return {returned}
    """
    rules = assignment(text, tmp_path)
    assert prove(rules) == ((), ())
    for names, share in ((("sum", "mean"), 1), (("total", "average"), 0)):  # by other names in their order
        verdict = verdict_on(rules, lambda x, n=names: {n[0]: x.sum(0), n[1]: x.mean(0)})
        assert verdict.share == share


def test_a_step_may_return_a_dictionary(tmp_path):
    text = SPLIT.replace("return x[x < 0], x[x >= 0]", "return {'right': x[x >= 0], 'left': x[x < 0]}")
    text = text.replace("super().split(x)[::-1]", "tuple(super().split(x).values())")
    rules = assignment(text, tmp_path, "class f:\n    pass")
    (task,) = rules.tasks
    assert prove(rules) == ((), ())

    class Split:
        def split(self, x):
            self.count = len(x)
            return {"right": x[x >= 0], "left": x[x < 0]}

    asked = questions_of(rules, "one")["f"]
    told = {n: Answer("answer", calls.follow({"f": Split}, *one.arguments)) for n, one in asked.items()}
    assert judged(task, asked, told).share == 1


def test_an_array_of_objects_keeps_its_shape(softmax):
    assert verdict_on(softmax, lambda x: right(x).astype(object)).share == 1
    assert calls.plain(np.array([[True, False]], dtype=object)).tolist() == [[1, 0]]


EXCHANGED = """
@task(x=normal("N", 2), c=normal("K", 2), sizes={"N": (6, 9), "K": (3, 4)}, returns=RETURNS, close=Close())
def f(x, c):
    'Squared distances, and their sum.'
    each = ((x[:, None] - c) ** 2).sum(-1)
    return each, each.sum()
"""


@pytest.mark.parametrize(
    ("function", "ids", "share"),
    [
        (lambda each: (each.T, each.sum()), ["wrong-shape"], 0.875),
        (lambda each: (each.T[::-1], each.sum()), ["not-a-known-mistake"], 0.5),
        (lambda each: (each.T, 0.0), ["not-a-known-mistake", "wrong-shape"], 0.375),
        (lambda each: (each.ravel(), 0.0), ["not-a-known-mistake", "wrong-shape"], 0.375),
    ],
)
def test_right_numbers_with_exchanged_axes_are_a_fault_of_shape(tmp_path, function, ids, share):
    rules = assignment(EXCHANGED.replace("RETURNS", "('each', 'sum')"), tmp_path)
    verdict = verdict_on(rules, lambda x, c: function(((x[:, None] - c) ** 2).sum(-1)))
    assert [finding.id for finding in verdict.findings] == ids and verdict.share == pytest.approx(share)
    if ids == ["wrong-shape"]:
        (finding,) = verdict.findings
        assert finding.message == "each: expected shape [6, 3], got [3, 6]." and "order" in finding.hint


@pytest.mark.parametrize(("close", "sizes"), [("Close(any_shape=True)", "(6, 9)"), ("Close()", "3")])
def test_exchanged_axes_are_wrong_if_no_shape_tells_them(tmp_path, close, sizes):
    text = f"""
    @task(x=normal("N", 3), sizes={{"N": {sizes}}}, close={close})
    def f(x):
        'It.'
        return x
    """
    assert verdict_on(assignment(text, tmp_path), lambda x: x.T).share == 0


def test_inputs_reach_arguments_by_name(tmp_path):
    rules = assignment(
        "@task(y=normal(3), inputs={'steps': fixed(2)})\ndef f(steps, y):\n    'It.'\n    return y ** steps",
        tmp_path,
    )
    assert not prove(rules).faults
    assert verdict_on(rules, lambda steps, y: np.asarray(y) ** steps).share == 1


TWO_STEPS = """
@task(
    steps=(new(of="Line", name="line"), put("line.w", "w"), ask("f", "line", "x"), read("line.w")),
    w=normal(2), x=normal(4, 2), calls=("Line",),
)
def f(w, x):
    '''Doubles the weights and returns the outputs before that.'''
    return x @ w, 2 * w

@mistake(f, "kept", TERM, "The weights are as before.", part="line.w")
def _(w, x):
    return w
"""


def test_judged_steps_are_parts_with_names(tmp_path):
    reference = "class Line:\n    w = np.zeros(2)\ndef f(line, x):\n    return None"
    rules = assignment(TWO_STEPS, tmp_path, reference)
    assert not prove(rules).faults
    (task,) = rules.tasks

    class Line:
        w = np.zeros(2)

    asked = questions_of(rules, "one")["f"]
    answers = {
        name: Answer("answer", calls.follow({"Line": Line, "f": lambda m, x: x @ m.w}, *question.arguments))
        for name, question in asked.items()
    }
    found = judged(task, asked, answers)
    assert [finding.message for finding in found.findings] == ["line.w: The weights are as before."]


def test_a_statistic_that_fails_is_said_with_its_line(tmp_path):
    (fault,) = prove(assignment(DRAWN_BY_PIECES.replace("draw.min()", "draw['x']"), tmp_path)).faults
    assert "hw.py, line 4: the statistic spread fails: IndexError" in fault


COUNTED = """
def counts(draw, arguments):
    return np.bincount(draw.astype(int), minlength=4)

@random_task(n=fixed(20), p=probabilities(4), statistics=(counts,), entries=False)
def f(rng, n, p):
    'Labels.'
    return rng.choice(4, n, p=p)

@mistake(f, "uniform", TERM, "All labels are equally likely.")
def _(rng, n, p):
    return rng.choice(4, n)
"""


def test_draws_for_which_a_statistic_fails_are_wrong(tmp_path):
    rules, rng = assignment(COUNTED, tmp_path), np.random.default_rng(0)
    verdict = verdict_on(rules, lambda n, p: rng.choice(4, n, p=p) - 1)
    assert (
        verdict.outcome == "wrong" and verdict.findings[0].message == "The draws have another distribution."
    )
    (fault,) = prove(assignment(COUNTED.replace("choice(4, n)\n", "choice(4, n) - 1\n"), tmp_path)).faults
    assert "the mistake uniform of f fails: JudgeError: " in fault and "hw.py, line 4: the statistic" in fault


TRANSPOSED = """
@task(x=normal("N", 3), sizes={"N": (4, 5)})
def f(x):
    '''The rows, doubled.'''
    return 2 * x

@mistake(f, "transposed", STRUCTURE, "It is transposed.")
def _(x):
    return 2 * x.T
"""


def test_the_shape_that_a_named_mistake_has_costs_nothing_more(tmp_path):
    rules = assignment(TRANSPOSED, tmp_path)
    found = verdict_on(rules, lambda x: 2 * np.asarray(x).T)
    assert [finding.id for finding in found.findings] == ["transposed"] and found.share == 0.4
    found = verdict_on(rules, lambda x: 2 * np.asarray(x).T[None])
    assert [finding.id for finding in found.findings] == ["transposed", "wrong-shape"]


MODEL = """
@task(
    steps=(
        new(of="Line", name="line"), put("line.w", "w"), do("f", "line", "x", "y", "rate"), read("line.w"),
    ),
    w=normal(2), x=normal("N", 2), y=normal("N"), rate=fixed(0.1), sizes={"N": (9, 5)}, calls=("Line",),
)
def f(w, x, y, rate, sign=-1):
    '''One step of gradient descent on the mean squared error.'''
    return w + sign * rate * 2 * x.T @ (x @ w - y) / len(x)

exchange(f, "ascent", STRUCTURE, "The step goes uphill.", "Subtract the gradient.", sign=1)
"""


def test_functions_of_objects_are_judged_by_steps(tmp_path):
    reference = "class Line:\n    w = np.zeros(2)\ndef f(line, x, y, rate):\n    return None"
    rules = assignment(MODEL, tmp_path, reference)
    (task,) = rules.tasks

    class Line:
        w = np.zeros(2)

    def step(sign):
        def f(line, x, y, rate):
            line.w = line.w - sign * rate * 2 * x.T @ (x @ line.w - y) / len(x)

        return f

    for sign, share in ((1, 1), (-1, 0.4)):
        asked, found = questions_of(rules, "one")["f"], {}
        for name, question in asked.items():
            names = {"Line": Line, "f": step(sign)}
            found[name] = Answer("answer", calls.follow(names, *question.arguments))
        assert judged(task, asked, found).share == share


SCALER = """
@class_task(
    steps=(new("power"), do("fit", "x"), ask("scaled", "y"), read("centre")),
    power=fixed(1.0), x=normal("N", 2), y=normal("M", 2), sizes={"N": (20, 7), "M": (4, 3)},
)
class f:
    '''It subtracts the mean and divides by the standard deviation.'''

    def __init__(self, power, scale=1.0):
        self.power, self.scale = power, scale

    def fit(self, x):
        self.centre, self.spread = x.mean(0), x.std(0)

    def scaled(self, x):
        return self.scale * ((x - self.centre) / self.spread) ** self.power

@mistake(f, "median", STRUCTURE, "The median is subtracted.")
class _(f):
    def fit(self, x):
        super().fit(x)
        self.centre = np.median(x, 0)

@mistake(f, "variance", TERM, "It divides by the variance.")
class _(f):
    def scaled(self, x):
        return self.scale * ((x - self.centre) / self.spread**2) ** self.power

@mistake(f, "zero", NOTHING, "The centre is always 0.", part="centre")
class _(f):
    def fit(self, x):
        self.centre, self.spread = np.zeros(2), x.std(0)

exchange(f, "doubled", TERM, "Everything is doubled.", scale=2.0)
"""


def scaler(centre=np.mean, divisor=np.std, factor=1, shown=1):
    """A student's class; `shown` multiplies the centre that is read, and nothing else."""

    class Scaler:
        def __init__(self, power):
            pass

        def fit(self, x):
            self.used, self.divisor = centre(x, 0), divisor(x, 0)
            self.centre = shown * self.used

        def scaled(self, x):
            return factor * (x - self.used) / self.divisor

    return Scaler


@pytest.mark.parametrize(
    ("wrong", "ids"),
    [
        ({}, set()),
        ({"centre": np.median}, {"median"}),
        ({"divisor": np.var}, {"variance"}),
        ({"factor": 2}, {"doubled"}),
        ({"shown": 0}, {"zero"}),
        ({"centre": np.median, "divisor": np.var}, {"median", "variance"}),
        ({"centre": np.median, "factor": 2}, {"median", "doubled"}),
        ({"divisor": np.var, "factor": 2}, {"variance", "doubled"}),
    ],
)
def test_mistakes_of_different_methods_are_recognised_together(tmp_path, wrong, ids):
    verdict = verdict_on(assignment(SCALER, tmp_path, "class f:\n    pass"), scaler(**wrong))
    assert {finding.id for finding in verdict.findings} == ids


SPLIT = """
@class_task(
    steps=(new(), ask("split", "x", returns=("left", "right")), read("count")),
    x=normal("N"), sizes={"N": (9, 6)},
)
class f:
    '''split returns the numbers below 0 and the others, in their order; count says how many there are.'''

    def split(self, x):
        self.count = len(x)
        return x[x < 0], x[x >= 0]

@mistake(f, "exchanged", STRUCTURE, "The two are exchanged.")
class _(f):
    def split(self, x):
        return super().split(x)[::-1]
"""


@pytest.mark.parametrize(
    ("returned", "share", "words"),
    [
        (lambda low, high: (low, high), 1, None),
        (lambda low, high: [low, high], 1, None),
        (lambda low, high: (high, low), 0.6, "The two are exchanged."),
        (lambda low, high: (low, -high), 0.6667, "right: The numbers are wrong."),
        (lambda low, high: np.append(low, high), 0, "Expected 3 results, left, right, count; got 2."),
    ],
)
def test_a_step_may_return_several_parts(tmp_path, returned, share, words):
    rules = assignment(SPLIT, tmp_path, "class f:\n    pass")
    (task,) = rules.tasks

    class Split:
        def split(self, x):
            self.count = len(x)
            return returned(x[x < 0], x[x >= 0])

    asked = questions_of(rules, "one")["f"]
    told = {
        name: Answer("answer", calls.follow({"f": Split}, *question.arguments))
        for name, question in asked.items()
    }
    verdict = judged(task, asked, told)
    assert verdict.share == pytest.approx(share, abs=1e-3)
    assert [finding.message for finding in verdict.findings] == ([words] if words else [])


IDENTITY = "def f(x):\n    'It.'\n    return x\n"


def test_a_right_draw_in_float32_is_right(tmp_path):
    """Rounding moves each of six atoms a little, which the test of distribution functions must not see."""
    text = """
    @random_task(x=normal(6))
    def f(rng, x):
        'One of the numbers.'
        return rng.choice(x)

    @mistake(f, "first-half", STRUCTURE, "Only the first half is drawn.")
    def _(rng, x):
        return rng.choice(x[:3])
    """
    rules = assignment(text, tmp_path)
    rng = np.random.default_rng(1)
    assert verdict_on(rules, lambda x: np.float32(rng.choice(x))).share == 1
    flat = verdict_on(rules, lambda x: np.float32(rng.choice(x, 1)))
    assert [finding.id for finding in flat.findings] == ["wrong-shape"] and flat.share == pytest.approx(0.92)
    assert [
        finding.id for finding in verdict_on(rules, lambda x: np.float32(rng.choice(x[:3]))).findings
    ] == ["first-half"]
    assert verdict_on(rules, lambda x: np.float32(rng.choice(x + 1e-3))).share == 0


def test_exchanged_pieces_of_a_draw_are_recognised_together(tmp_path):
    text = """
    @random_task(n=fixed(3))
    def f(rng, n, mean=1.0, sigma=2.0):
        'Normal numbers.'
        return rng.normal(mean, sigma, n)

    exchange(f, "mean", TERM, "The mean is 0.", mean=0.0)
    exchange(f, "sigma", TERM, "The standard deviation is 1.", sigma=1.0)
    """
    rules, rng = assignment(text, tmp_path), np.random.default_rng(1)
    for mean, sigma, ids in ((1, 2, []), (0, 2, ["mean"]), (1, 1, ["sigma"]), (0, 1, ["mean", "sigma"])):
        verdict = verdict_on(rules, lambda n, mean=mean, sigma=sigma: rng.normal(mean, sigma, n))
        assert [finding.id for finding in verdict.findings] == ids
        assert all("a draw" in finding.message for finding in verdict.findings[:1])


def test_two_statistics_of_one_name_both_count(tmp_path):
    text = """
    def moment(k):
        def stat(draw, arguments):
            return (draw**k).mean()
        return stat

    @random_task(n=fixed(50), entries=False, statistics=(moment(1), moment(2)))
    def f(rng, n):
        'Normal numbers.'
        return rng.normal(size=n)
    """
    rules, rng = assignment(text, tmp_path), np.random.default_rng(1)
    assert verdict_on(rules, lambda n: rng.normal(size=n)).share == 1
    # The second moment is that of the right draws.
    assert verdict_on(rules, lambda n: np.sqrt(0.91) * rng.normal(size=n) + 0.3).share == 0


def test_a_right_draw_that_fails_is_the_graders_fault(tmp_path):
    text = """
    @random_task(n=fixed(3))
    def f(rng, n, seen=[]):
        'Normal numbers.'
        seen.append(n)
        if len(seen) > 100:
            raise ZeroDivisionError("too many")
        return rng.normal(size=n)
    """
    verdict = verdict_on(assignment(text, tmp_path), lambda n: np.random.default_rng(1).normal(size=n))
    assert verdict.outcome == "ungraded"


@pytest.mark.parametrize(
    ("function", "finding", "share"),
    [
        (lambda x: x if len(x) == 3 else [][0], "not-for-every-input", 0.4),
        (lambda x: x if np.any(x) else [][0], "not-for-every-input", 0.7),
        (lambda x: x[:] if x.shape else x, "not-for-every-form", 0.8),
    ],
)
def test_what_fails_for_some_inputs_is_told_from_what_fails_for_a_form(tmp_path, function, finding, share):
    text = f"""
@task(x=normal("N"), sizes={{"N": (3, 5)}}, forms=("array", "list"), also=({{"x": np.zeros(4)}},))
{IDENTITY}"""
    verdict = verdict_on(assignment(text, tmp_path), function)
    assert [found.id for found in verdict.findings] == [finding] and verdict.share == pytest.approx(share)


def test_a_constant_is_free_where_the_first_number_is_infinite():
    want = np.array([[-np.inf, 1.0, 2.0], [0.0, 1.0, 2.0]])
    for free in ("rows", "all"):
        assert Close(free=free)(want + 5, want)
        wrong = want.copy()
        wrong[0, 1:] = 50.0, -9.0
        assert not Close(free=free)(wrong, want) and not Close(free=free)(np.nan_to_num(want), want)


def test_fixed_values_reach_everybody_as_they_are(tmp_path):
    text = """
    @task(x=normal(3), order=fixed(np.array([2, 0, 1])), steps_left=fixed(3), how=fixed("sum"),
          also=({"x": np.zeros(3), "order": np.array([0, 1, 2]), "steps_left": 1, "how": "sum"},))
    def f(x, order, steps_left, how):
        'As it is.'
        while steps_left:
            steps_left -= 1
        return x[order] + steps_left
    """
    verdict = verdict_on(
        assignment(text, tmp_path), lambda x, order, steps_left, how: x[order] / (how == "sum")
    )
    assert verdict.share == 1


def test_a_mistake_of_a_part_gets_the_arguments_as_they_came(tmp_path):
    text = """
    @task(x=normal("N", 2), sizes={"N": (9, 5)}, returns=("mean", "centred"))
    def f(x):
        'The mean, and x without it.'
        mean = x.mean(0)
        x -= mean
        return mean, x

    @mistake(f, "median", TERM, "It is the median.", part="mean")
    def _(x):
        return np.median(x, 0)
    """
    verdict = verdict_on(assignment(text, tmp_path), lambda x: (np.median(x, 0), x - x.mean(0)))
    assert [finding.id for finding in verdict.findings] == ["median"] and verdict.share == pytest.approx(0.8)


def test_nothing_of_any_shape_is_right_where_nothing_is(tmp_path):
    text = """
    @task(x=uniform("N", 2), sizes={"N": (9, 5)}, also=({"x": -np.ones((2, 2))},))
    def f(x):
        'The rows without negative numbers.'
        return x[(x >= 0).all(1)]
    """
    rows = lambda x: [row for row in x if (row >= 0).all()]  # noqa: E731
    assert verdict_on(assignment(text, tmp_path), rows).share == 1


DECLARED = f"@task(x=normal(3))\n{IDENTITY}"


def test_what_is_not_finite_must_be_the_same():
    want = np.array([1.0, np.inf, -np.inf, np.nan, 2.0])
    assert Close()(want, want)
    for place, other in ((1, 7.0), (1, -np.inf), (3, 7.0), (0, np.nan), (4, np.inf)):
        got = want.copy()
        got[place] = other
        assert not Close()(got, want) and not Close()(want, got)


PAIR = """
@task(x=normal("N"), sizes={"N": (9, 5)}, returns=("low", "high"), close={"high": Close(any_shape=True)})
def f(x, low=np.min, high=np.max):
    '''The least and the largest.'''
    return low(x), high(x)

exchange(f, "mean", TERM, "The mean is returned as the least.", low=np.mean)
exchange(f, "sum", STRUCTURE, "The sum is returned as the largest.", high=np.sum)

@mistake(f, "swapped", STRUCTURE, "They are exchanged.")
def _(x):
    return x.max(), x.min()
"""


@pytest.mark.parametrize(
    ("function", "named", "share"),
    [
        (lambda x: (x.min(), x.max()), {}, 1),
        (lambda x: (x.min(), x.max()[None, None]), {}, 1),
        (lambda x: (x.min()[None], x.max()), {"low: expected shape [], got [1].": "wrong-shape"}, 0.96),
        (lambda x: (x.mean(), x.max()), {"low: The mean is returned as the least.": "mean"}, 0.8),
        (
            lambda x: (x.mean(), x.sum()),
            {
                "low: The mean is returned as the least.": "mean",
                "high: The sum is returned as the largest.": "sum",
            },
            0.5,
        ),
        (lambda x: (x.max(), x.min()), {"They are exchanged.": "swapped"}, 0.4),
        (
            lambda x: (x.mean(), 0 * x.max()),
            {
                "low: The mean is returned as the least.": "mean",
                "high: The numbers are wrong.": "not-a-known-mistake",
            },
            0.3,
        ),
        (lambda x: x.min(), {"Expected 2 results, low, high; got 1.": "not-a-known-mistake"}, 0),
    ],
)
def test_parts_earn_their_own_shares(tmp_path, function, named, share):
    verdict = verdict_on(assignment(PAIR, tmp_path), function)
    assert verdict.share == pytest.approx(share)
    assert [finding.id for finding in verdict.findings] == list(named.values())
    assert all(f.message.startswith(words) for f, words in zip(verdict.findings, named, strict=True))


IN_ORDER = """
def same_order(got, want, known=False):
    return np.shape(got) == np.shape(want) and np.array_equal(np.argsort(got), np.argsort(want))

@task(x=normal("N"), sizes={"N": (9, 5)}, close=same_order)
def f(x):
    '''Any scores that rank the inputs.'''
    return x

@mistake(f, "reversed", STRUCTURE, "The order is reversed.")
def _(x):
    return -x
"""


@pytest.mark.parametrize(
    ("function", "ids"),
    [
        (lambda x: 3 * x + 1, []),
        (lambda x: -2 * x, ["reversed"]),
        (lambda x: np.abs(x), ["not-a-known-mistake"]),
    ],
)
def test_an_author_may_say_how_answers_are_compared(tmp_path, function, ids):
    rules = assignment(IN_ORDER, tmp_path)
    assert prove(rules) == ((), ())
    assert [finding.id for finding in verdict_on(rules, function).findings] == ids


OVERFLOW = """
@task(x=normal("N"), sizes={"N": 4}, also=({"x": np.array([800.0, -1.0])},))
def f(x):
    '''The softplus.'''
    return np.logaddexp(0, x)

@mistake(f, "overflow", TAILS, "It overflows.")
def _(x):
    return np.log(1 + np.exp(x))

@mistake(f, "no-number", TAILS, "Infinity is divided by infinity.")
def _(x):
    return np.log(1 + np.exp(x)) * np.exp(x) / np.exp(x)
"""


def test_questions_of_ones_own_show_what_is_not_finite(tmp_path):
    rules = assignment(OVERFLOW, tmp_path)
    assert prove(rules) == ((), ())
    with np.errstate(all="ignore"):
        for function, named, share in (
            (lambda x: np.logaddexp(0, x), [], 1),
            (lambda x: np.log(1 + np.exp(x)), ["overflow"], 0.7),
            (lambda x: np.log(1 + np.exp(x)) * np.exp(x) / np.exp(x), ["no-number"], 0.7),
            (lambda x: np.where(x > 99, -1.0, np.logaddexp(0, x)), ["not-a-known-mistake"], 0),
        ):
            verdict = verdict_on(rules, function)
            assert [f.id for f in verdict.findings] == named and verdict.share == share
    (ladder,) = rules.examples["f"].ladders
    assert any(800 in rung[0] for rung in ladder.rungs)


KERAS = """
import tensorflow as tf

class Line(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(1, use_bias={bias})

    def call(self, x):
        return self.dense(x)

def step(model, x, y, rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    variables = model.trainable_variables
    tf.keras.optimizers.SGD(rate).apply_gradients(zip(tape.gradient(loss, variables), variables))
"""


def test_the_guides_keras_model_and_its_training(tmp_path):
    (tmp_path / "line.py").write_text(HEAD + guide.text_of("keras=judge"))
    notebook = new.notebook_of("line", ("Line", "step"))
    notebook.cells[3].source = KERAS.format(bias=True)
    nbformat.write(notebook, tmp_path / "line.ipynb")
    rules = loading.load(tmp_path / "line.py", tmp_path / "line.ipynb")
    assert prove(rules) == ((), ())
    for bias, shares in ((True, [1, 1]), (False, [0, 1])):
        names, right = {}, {}
        exec(KERAS.format(bias=bias), names)
        exec(KERAS.format(bias=True), right)
        found = []
        for task in rules.tasks:
            asked = questions_of(rules, "one")[task.id]
            theirs = names if task.id == "Line" else {**names, "Line": right["Line"]}
            found.append(judged(task, asked, {n: reply_of(theirs, q) for n, q in asked.items()}).share)
        assert found == shares


def reply_of(names, question):
    try:
        return Answer("answer", calls.follow(names, *question.arguments))
    except AttributeError as error:
        return Answer("error", {"type": "AttributeError", "message": str(error)})


def test_a_number_that_is_drawn_reaches_the_function_as_one(tmp_path):
    text = """
    @task(rate=uniform(low=.1), x=normal(3), forms=('tensor',))
    def f(rate, x):
        'It.'
        return rate * x
    """
    rules, seen = assignment(text, tmp_path), []
    assert verdict_on(rules, lambda rate, x: seen.append(type(rate)) or rate * x).share == 1
    assert set(seen) == {float}


def test_variables_keep_their_shape_and_type():
    tf = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    values = np.arange(4.0)
    for variable in (tf.Variable(tf.zeros([2, 2], tf.float64)), keras.Variable(np.zeros((2, 2), "float32"))):
        owner = types.SimpleNamespace(w=variable)
        calls.assign(owner, "w", values)
        assert owner.w is variable and tuple(variable.shape) == (2, 2)
        np.testing.assert_array_equal(np.asarray(variable), values.reshape(2, 2))


def test_an_attribute_that_is_not_there_cannot_be_set():
    class Model:
        bias = None

    with pytest.raises(AttributeError, match="Model has no bias"):
        calls.assign(Model(), "bias", np.zeros(2))


def test_a_draw_whose_order_is_free_is_judged_by_its_statistics(tmp_path):
    free = "statistics=(lambda draw, a: np.sort(draw, 0),), entries=False"
    rules = guides_rules(tmp_path, "statistics=(distinct,)", free)
    task = next(task for task in rules.tasks if task.id == "start")
    asked = questions_of(rules, "one")["start"]
    rows = answered(task, asked, lambda x, k: x[np.sort(np.random.choice(len(x), k, replace=False))])
    assert judged(task, asked, rows).share == 1
    first = judged(task, asked, answered(task, asked, lambda x, k: x[1 : k + 1]))
    assert "the same draw" in first.findings[0].message and first.share == 0


def test_smallest_cases_are_defined_and_are_looked_for_if_no_small_one_is(tmp_path):
    standard = """
    @task(x=normal('N'), sizes={'N': (50, 70)})
    def f(x):
        'It.'
        return (x - x.mean()) / x.std()
    """
    late = lambda x: (x - x.mean()) / (x.std() or 1) * (2 if len(x) > 3 else 1)  # noqa: E731
    with np.errstate(all="ignore"):
        line = smallest(assignment(standard, tmp_path), late)[""]
    assert "Smallest case: x = [" in line and "nan" not in line
    windows = """
    @task(x=normal("N"), sizes={"N": (50, 70)})
    def f(x):
        'Means of five.'
        if len(x) < 5:
            raise ValueError("too short")
        return np.convolve(x, np.ones(5) / 5, "valid")
    """
    line = smallest(assignment(windows, tmp_path), lambda x: np.convolve(x, np.ones(5) / 4, "valid"))[""]
    assert "expected [0.2], you returned [0.25]" in line


def test_smallest_cases_have_two_of_each_of_three_letters(tmp_path):
    text = """
    @task(x=normal("N", "D"), w=made(lambda rng, D, K: rng.normal(size=(D, K))),
          sizes={"N": (20, 7), "D": (3, 4), "K": (4, 3)})
    def f(x, w):
        'Scores of two at least.'
        return x @ w if min(*x.shape, *w.shape) > 1 else np.nan
    """
    assert "Smallest case" in smallest(assignment(text, tmp_path), lambda x, w: 2 * x @ w)[""]


def test_a_comparison_of_ones_own_sees_the_right_shape_in_the_smallest_case(tmp_path):
    text = """
    def same(got, want, known=False):
        return np.allclose(np.sort(got), np.sort(want))

    @task(x=normal("N"), sizes={"N": (5, 7)}, close=same)
    def f(x):
        'It.'
        return x
    """
    assert "you returned" in smallest(assignment(text, tmp_path), lambda x: np.append(x, x[:2]))[""]


@pytest.mark.parametrize("value", ["sum", None, True, {"a": 1}])
def test_what_is_no_number_is_shown_in_the_smallest_case(tmp_path, value):
    text = f"""
    @task(x=normal('N'), how=fixed({value!r}), sizes={{'N': (5, 7)}})
    def f(x, how):
        'It.'
        return x.sum()
    """
    line = smallest(assignment(text, tmp_path), lambda x, how: x.mean())[""]
    assert f", how = {value!r}: expected" in line


def test_what_is_wrong_with_one_task_is_not_said_of_another(tmp_path):
    text = """
    @task(x=normal(3))
    def f(x):
        'It.'
        return x

    @task(x=made(lambda rng, D: rng.normal(size=D)))
    def g(x):
        'It.'
        return x
    """
    (tmp_path / "hw.py").write_text(HEAD + textwrap.dedent(text))
    notebook = new.notebook_of("hw", ("f", "g"))
    nbformat.write(notebook, tmp_path / "hw.ipynb")
    (fault,) = prove(loading.load(tmp_path / "hw.py", tmp_path / "hw.ipynb")).faults
    assert "hw.py, line 9: g: its inputs, or the right function, fail: KeyError: 'D'" in fault


REFUSED = {
    "no docstring": ("@task(x=normal('N'), sizes={'N': 3})\ndef f(x):\n    return x", "line 3", "docstring"),
    "no size": (f"@task(x=normal('N'))\n{IDENTITY}", "line 3", "the axis N has no size"),
    "unknown form": (f"@task(x=normal(3), forms=('sparse',))\n{IDENTITY}", "line 3", "'sparse'"),
    "no input": (f"@task(x=3)\n{IDENTITY}", "line 3", "got 3"),
    "syntax": ("def f(x:\n    return x", "line 3", "never closed"),
    "raises": ("x = 1 / 0", "line 3", "ZeroDivisionError"),
    "no task": ("x = 1", "", "declares no task"),
    "another id": (f"@task('g', x=normal(3))\n{IDENTITY}", "line 3", "no cell with the id g"),
    "kind": (f"{DECLARED}mistake(f, 'a', 0.5, 'b')", "line 7", "expected a kind"),
    "part": (f"{DECLARED}mistake(f, 'a', TERM, 'b', part='c')", "line 7", "expected a part"),
    "piece": (f"{DECLARED}exchange(f, 'a', TERM, 'b', c=1)", "line 7", "argument c"),
    "no argument": ("@task(x=normal(3), z=normal(3))\ndef f(x, y):\n    'It.'", "line 3", "(x, y), got x, z"),
    "blank in an id": (f"{DECLARED}mistake(f, 'a b', TERM, 'c')", "line 7", "such as wrong-axis, got 'a b'"),
    "nothing compared": (
        "@random_task(n=fixed(3), entries=False)\ndef f(rng, n):\n    'It.'",
        "line 3",
        "name some `statistics`",
    ),
    "no id": (f"{DECLARED}mistake(f, TERM, 'a', 'b')", "line 7", "got TERM where the id belongs"),
    "one id": (
        f"{DECLARED}mistake(f, 'a', TERM, 'b')(abs)\nmistake(f, 'a', TERM, 'c')",
        "line 8",
        "different words",
    ),
    "one name": (f"{DECLARED}{DECLARED}", "line 7", "two tasks have the id f"),
    "step": (f"@task(x=normal(3), steps=(new('k'), ask('', 'x')))\n{IDENTITY}", "line 3", "passes 'k'"),
    "no judged step": (
        f"@task(x=normal(3), steps=(new(),))\n{IDENTITY}",
        "line 3",
        "ask and read judge 0 parts",
    ),
    "names of steps": (
        f"@task(x=normal(3), steps=(new(), ask('a', 'x'), ask('b', 'x')), returns=('a',))\n{IDENTITY}",
        "line 3",
        "ask and read judge 2 parts, and returns names 1",
    ),
    "another kind's option": (
        "@random_task(x=normal(3), close=Close())\ndef f(rng, x):\n    'It.'",
        "line 3",
        "close is not an option of this kind of task",
    ),
    "also": (f"@task(x=normal(3), also=(dict(y=1),))\n{IDENTITY}", "line 3", "expected values of x, got y"),
    "close": (
        f"@task(x=normal(3), close={{'y': Close()}})\n{IDENTITY}",
        "line 3",
        "expected parts of none, got y",
    ),
    "free": (f"@task(x=normal(3), close=Close(free='row'))\n{IDENTITY}", "line 3", "got 'row'"),
    "calls itself": (f"@task(x=normal(3), calls=('f',))\n{IDENTITY}", "line 3", "the task's own function"),
    "also of no shape": (
        f"@task(x=normal(3), also=(dict(x=[[1], [1, 2]]),))\n{IDENTITY}",
        "line 3",
        "also: ",
    ),
    "stand-in": (f"{DECLARED}STAND_INS = {{'g': 'g = abs'}}", "", "STAND_INS defines g"),
    "name in a class": ("class_task(steps=(new(name='m'),))(int)", "line 3", "use @task with steps"),
    "no new": ("class_task(steps=(do('fit'),))(int)", "line 3", "begin with new(...)"),
    "not a task": ("mistake(print, 'a', TERM, 'b')", "line 3", "decorate it with @task"),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_with_a_judge_is_said_with_its_line(text, tmp_path):
    text, line, words = text
    with pytest.raises(JudgeError) as refused:
        assignment(text, tmp_path)
    assert words in str(refused.value) and line in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{DECLARED}@mistake(f, 'a', TERM, 'b')\ndef _(x):\n    return x + 0", "keeps all points"),
        ("@task(x=normal(3))\ndef f(x):\n    'It.'\n    return np.log(x - 9)", "returns NaN"),
        ("@task(x=normal(3))\ndef f(x):\n    'It.'\n    raise KeyError(3)", "fails on its own inputs"),
        (f"@task(x=integers(3, dtype='uint8'))\n{IDENTITY}", "x has the dtype uint8"),
        (f"@task(x=normal(40000, 40000))\n{IDENTITY}", "smaller sizes"),
        (f"@task(x=normal(3), returns=('a', 'b'))\n{IDENTITY}", "expected 2 parts"),
        (
            "@random_task(n=fixed(100))\ndef f(rng, n):\n    'It.'\n    return rng.normal(size=n)",
            "50000 numbers",
        ),
        ("@task(x=normal(200))\ndef f(x):\n    'It.'\n    return x - x[:, None]", "has 40000 numbers"),
        ("@task(h=fixed(np.tanh), x=normal(3))\ndef f(h, x):\n    'It.'\n    return h(x)", "h is a function"),
        (
            f"{DECLARED}@mistake(f, 'a', TERM, 'b')\ndef _(x):\n    return y",
            "mistake a of f fails: NameError",
        ),
        (
            "@random_task(n=fixed(3))\ndef f(rng, n):\n    'It.'\n    return rng.normal(size=n)\n"
            "@mistake(f, 'a', TERM, 'b')\ndef _(rng, n):\n    return y",
            "mistake a of f fails: NameError",
        ),
    ],
)
def test_what_only_running_shows_is_a_fault_of_the_proof(text, words, tmp_path):
    (fault,) = prove(assignment(text, tmp_path)).faults
    assert words in fault


def test_a_judge_that_prints_or_does_not_end(tmp_path, monkeypatch, capsys):
    assignment("print('hello')\n" + SOFTMAX, tmp_path)
    said = capsys.readouterr()
    assert "hello" in said.err and not said.out
    monkeypatch.setattr(loading, "SECONDS", 0.2)
    with pytest.raises(JudgeError, match="line 3.*must load within"):
        assignment("while True: pass", tmp_path)
    assert not list(tmp_path.rglob("__pycache__")) and "hw" not in sys.modules


def test_a_changed_judge_has_another_version_and_goes_to_other_machines(tmp_path, softmax):
    again = softmax.origin.load()
    assert again.version == softmax.version and [t.id for t in again.tasks] == ["f"]
    assert verdict_on(again, right).share == 1
    assert assignment(SOFTMAX.replace("Rows do", "The rows do"), tmp_path).version != softmax.version


@pytest.mark.slow
@pytest.mark.parametrize("name", tasks.ASSIGNMENTS)
def test_the_judges_that_come_with_the_project_stand_their_proof(name):
    proof = prove(tasks.load(name))
    assert not proof.faults and not proof.notes
