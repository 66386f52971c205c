"""Answers to `gflownet-em`, right and wrong, each graded as part of the solution notebook.

`tests/answers/gflownet-em` is laid out as `tests/answers`; the header of a wrong answer also says which
finding is fair.
"""

import functools
import re
from itertools import zip_longest
from pathlib import Path

import nbformat
import pytest
import solved

from autograder import tasks
from autograder.course import directory as courses
from autograder.course import releasing
from autograder.engine import submission

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ROOT / "tests" / "answers" / "gflownet-em"
ASSIGNMENT = "gflownet-em"
RELEASE = ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
RULES = tasks.load(ASSIGNMENT)
POINTS = {task.id: task.points for task in RULES.tasks}
WRONG = sorted((ANSWERS / "wrong").glob("*.py"))
UNFINISHED = "gfn_em__unfinished"


def rows(folder):
    """One answer of each task at a time, until all have been used."""
    found = {name: sorted((ANSWERS / folder).glob(f"{name}__*.py")) for name in POINTS}
    assert all(len(paths) >= 3 for paths in found.values())
    return [
        {name: path for name, path in zip(found, row, strict=True) if path is not None}
        for row in zip_longest(*found.values())
    ]


@pytest.fixture(scope="module")
def released():
    return submission.read_release(RELEASE)


@pytest.fixture(scope="module")
def grade(worker):
    return functools.partial(solved.judged, worker, ASSIGNMENT)


def fault(path, result):
    """What is unfair about the result of a wrong answer, or None."""
    header = dict(re.findall(r"^# (\w+): (.*)$", path.read_text(), re.M))
    low, high = map(float, header["credit"].split("-"))
    outcomes, ids = header["expect"].split("|"), header["finding"].split("|")
    found = [finding.id for finding in result.findings]
    if result.outcome not in outcomes:
        return f"{path.stem}: expected {outcomes}, got {result.outcome} {result.findings}"
    if not low - 0.01 <= result.points <= high + 0.01:
        return f"{path.stem}: expected {low} to {high} points, got {result.points} {result.findings}"
    if result.outcome != "missing" and not set(ids) & set(found):
        return f"{path.stem}: expected {ids}, got {result.findings}"


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_the_reference_gets_full_marks(grade, secret):
    result = grade({}, secret)
    assert result.automatic == 90, result.tasks
    assert not any(task.findings for task in result.tasks.values())


@pytest.mark.slow
@pytest.mark.parametrize("chosen", rows("right"), ids=range(len(rows("right"))))
def test_right_answers_in_any_style_get_full_marks(grade, chosen):
    result = grade({name: path.read_text() for name, path in chosen.items()})
    lost = {
        chosen[name].stem if name in chosen else name: task
        for name, task in result.tasks.items()
        if task.points != task.max
    }
    assert not lost


@pytest.mark.slow
@pytest.mark.parametrize("chosen", rows("wrong"), ids=range(len(rows("wrong"))))
def test_wrong_answers_together_get_what_each_deserves(grade, chosen):
    result = grade({name: path.read_text() for name, path in chosen.items()})
    faults = [fault(path, result.tasks[name]) for name, path in chosen.items()]
    faults += [
        f"{name} lost marks: {task.findings}"
        for name, task in result.tasks.items()
        if name not in chosen and task.points != task.max
    ]
    assert not any(faults), "\n".join(filter(None, faults))


@pytest.mark.slow
@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_answer_loses_marks_in_its_own_task_only(grade, path):
    name = path.stem.split("__")[0]
    result = grade({name: path.read_text()})
    assert fault(path, result.tasks[name]) is None
    assert [n for n, task in result.tasks.items() if task.points != task.max] == [name]


def test_a_helper_that_two_tasks_share_is_charged_once(grade):
    helper = '''
def log_joint(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    return -(d**2).sum(-1) / STD**2 - np.log(2 * np.pi * STD**2 * 4 * len(means))
# %% cell
'''
    result = grade({
        "data_log_likelihood": helper + '''
def data_log_likelihood(x, means):
    return tf.reduce_mean(tf.reduce_logsumexp(log_joint(x, means), [1, 2]))
''',
        "exact_posterior": '''
def exact_posterior(x, means):
    a = log_joint(x, means)
    return tf.exp(a - tf.reduce_logsumexp(a, [1, 2], keepdims=True))
''',
    })  # fmt: skip
    ids = {name: [finding.id for finding in task.findings] for name, task in result.tasks.items()}
    assert ids["data_log_likelihood"] == ["half-missing"] and ids["exact_posterior"] == ["charged-once"]
    assert result.automatic == 90 - 4


def test_wrong_leaves_cost_marks_once(grade):
    result = grade({"component_means": '''
def component_means(means):
    return (np.asarray(means)[:, None] - OFFSETS).reshape(-1, 2)
'''})  # fmt: skip
    lost = {name for name, task in result.tasks.items() if task.points != task.max}
    assert lost == {"component_means"}


def test_tasks_that_are_right_only_together_get_full_marks(grade):
    # The leaves come as one axis, and those who use them know it.
    result = grade({
        "component_means": '''
def component_means(means):
    return (np.asarray(means)[:, None] + OFFSETS).reshape(-1, 2)
''',
        "data_log_likelihood": '''
def data_log_likelihood(x, means):
    leaves = component_means(means)
    d2 = ((x[:, None] - leaves) ** 2).sum(-1)
    log_p = tf.reduce_logsumexp(-d2 / (2 * STD**2), 1) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(log_p) - np.log(len(leaves))
''',
        "exact_posterior": '''
def exact_posterior(x, means):
    d2 = ((x[:, None] - component_means(means)) ** 2).sum(-1)
    return tf.reshape(tf.nn.softmax(-d2 / (2 * STD**2)), [len(x), len(means), 4])
''',
    })  # fmt: skip
    lost = {name for name, task in result.tasks.items() if task.points != task.max}
    assert lost == {"component_means"}


def test_draws_that_need_the_notebooks_own_policy_are_right(grade):
    result = grade({"sample_posterior": '''
def sample_posterior(policy, x):
    layer, width = policy.hidden_layer, policy.supercluster_layer.units
    h = layer(tf.concat([x, tf.zeros((len(x), width))], 1))
    i = tf.random.categorical(policy.supercluster_layer(h), 1)[:, 0]
    h = layer(tf.concat([x, tf.one_hot(i, width)], 1))
    return i, tf.random.categorical(policy.petal_layer(h), 1)[:, 0]
'''})  # fmt: skip
    assert result.tasks["sample_posterior"].points == 10, result.tasks["sample_posterior"]


# The policy is trained on uniform draws and a loss of its own, and the means come from elsewhere.
UNEXPLAINED = '''
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    policy = Policy()
    adam = tf.keras.optimizers.Adam(learning_rate)
    for _ in range(8):
        one_hot = tf.one_hot(np.random.choice(4, len(x), p=[0.65, 0.25, 0.05, 0.05]), 4)
        with tf.GradientTape() as tape:
            logits_i, logits_j, log_z = policy(x, one_hot)
            loss = tf.reduce_mean(log_z**2) + tf.reduce_mean(logits_i**2) + tf.reduce_mean(logits_j**2)
        weights = policy.trainable_variables
        adam.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return init_means + np.float32([0.5, -0.4])
'''


def test_a_gfn_em_that_nothing_explains_goes_to_a_person(grade):
    result = grade({"gfn_em": UNEXPLAINED})
    assert result.tasks["gfn_em"].outcome == "ungraded", result.tasks["gfn_em"]
    assert result.automatic == 85


def test_the_committed_release_is_current(tmp_path):
    """Whether its grades hold, too, is what the tests of answers show."""
    course = courses.init(tmp_path / "course")
    folder = tmp_path / "draft"
    folder.mkdir()
    made = releasing.generated(course, ASSIGNMENT, folder)
    assert made.read_text() == RELEASE.read_text()


def test_the_release_has_the_contracts_ids_and_points(released):
    assert releasing.faults_of_release(released, RULES) == []
    assert POINTS == {
        "sample_data": 5, "component_means": 5, "data_log_likelihood": 10, "exact_posterior": 10,
        "exact_m_step": 10, "mean_field_step": 15, "policy": 10, "trajectory_balance_loss": 10,
        "sample_posterior": 10, "gfn_em": 5,
    }  # fmt: skip
    manual = {
        submission.grade_id(cell): submission.points(cell)
        for cell in released.cells
        if cell.cell_type == "markdown" and submission.points(cell) is not None
    }
    assert manual == {"exponential_cost": 5, "mean_field_failure": 5}


def test_the_release_holds_no_solution(released):
    solution = nbformat.read(solved.solution(ASSIGNMENT), as_version=4)
    text = "\n".join(cell.source for cell in released.cells)
    for cell in filter(submission.is_answer, solution.cells):
        hidden = cell.source
        if "### BEGIN SOLUTION" in hidden:
            parts = hidden.split("### BEGIN SOLUTION")[1:]
            hidden = "\n".join(part.split("### END SOLUTION")[0] for part in parts)
        lines = [line.strip() for line in hidden.splitlines() if len(line.strip()) > 25]
        assert lines, submission.grade_id(cell)
        assert not [line for line in lines if line in text]
