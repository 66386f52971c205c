"""Answers to `gflownet-em`, right and wrong, each graded as part of the solution notebook.

Written by people who had not read the judge. The header of a wrong answer says how many points are fair, and
which finding or which words; `cross` holds several cells a file, and says what each task should earn.
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
# The header of each says which finding is fair, or words of which a helpful explanation has one.
NAMED = [path for path in WRONG if "\n# finding: " in path.read_text()]
EXPLAINED = [path for path in WRONG if "\n# keywords: " in path.read_text()]


def rows(paths):
    """One answer of each task at a time, until all have been used; those marked so, alone.

    An answer is marked that another wrong one could make up for, or excuse.
    """
    alone = [path for path in paths if path.read_text().startswith("# alone\n")]
    found = [[path for path in paths if path not in alone and name_of(path) == name] for name in POINTS]
    assert all(len(answers) >= 3 for answers in found)
    return [[path for path in row if path] for row in zip_longest(*found)] + [[path] for path in alone]


def name_of(path):
    return path.stem.split("__")[0]


def lost(result, but=()):
    return {name: task for name, task in result.tasks.items() if task.points != task.max and name not in but}


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
    if not low - 0.01 <= result.points <= high + 0.01:
        return f"{path.stem}: expected {low} to {high} points, got {result.points} {result.findings}"
    if "expect" in header and result.outcome not in header["expect"].split("|"):
        return f"{path.stem}: expected {header['expect']}, got {result.outcome} {result.findings}"
    ids = {finding.id for finding in result.findings}
    if "finding" in header and result.outcome != "missing" and not {*header["finding"].split("|")} & ids:
        return f"{path.stem}: expected {header['finding']}, got {result.findings}"
    words = " ".join(f"{finding.message} {finding.hint}" for finding in result.findings).lower()
    wanted = [word.strip().lower() for word in header.get("keywords", "none").split("|")]
    if "none" not in wanted and not any(word in words for word in wanted):
        return f"{path.stem}: expected one of {wanted}, got {result.findings}"
    return None


@pytest.mark.slow  # test_unlucky_notebooks grades it with what costs nothing around it
@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_the_reference_gets_full_marks(grade, secret):
    result = grade({}, secret)
    assert result.automatic == 90, result.tasks
    assert not any(task.findings for task in result.tasks.values())


RIGHT = rows(sorted((ANSWERS / "right").glob("*.py")))
WRONG_TOGETHER = rows(NAMED) + rows(EXPLAINED)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", RIGHT, ids=range(len(RIGHT)))
def test_right_answers_in_any_style_get_full_marks(grade, chosen):
    assert not lost(grade({name_of(path): path.read_text() for path in chosen}))


@pytest.mark.slow
@pytest.mark.parametrize("chosen", WRONG_TOGETHER, ids=range(len(WRONG_TOGETHER)))
def test_wrong_answers_together_get_what_each_deserves(grade, chosen):
    result = grade({name_of(path): path.read_text() for path in chosen})
    faults = [fault(path, result.tasks[name_of(path)]) for path in chosen]
    assert not any(faults), "\n".join(filter(None, faults))
    assert not lost(result, but=[name_of(path) for path in chosen])


@pytest.mark.slow
@pytest.mark.parametrize("path", NAMED, ids=lambda path: path.stem)
def test_a_wrong_answer_loses_marks_in_its_own_task_only(grade, path):
    result = grade({name_of(path): path.read_text()})
    assert fault(path, result.tasks[name_of(path)]) is None
    assert {*lost(result)} == {name_of(path)}


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ANSWERS / "cross").glob("*.py")), ids=lambda path: path.stem)
def test_a_mistake_costs_marks_once(grade, path):
    _, *parts = re.split(r"^# %% (\w+)\n", path.read_text(), flags=re.M)
    result = grade(dict(zip(parts[::2], parts[1::2], strict=True)))
    expect = re.search(r"^# expect: (.*)$", path.read_text(), re.M)[1]
    ranges = re.findall(r"(\w+)=([\d.]+)-([\d.]+)", expect)
    fair = {name: (float(low), float(high)) for name, low, high in ranges}
    for name, (low, high) in fair.items():
        assert low - 0.01 <= result.tasks[name].points <= high + 0.01, result.tasks[name]
    assert not lost(result, but=fair)


def test_a_helper_that_two_tasks_share_is_charged_once(grade):
    helper = """
def log_joint(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    return -(d**2).sum(-1) / STD**2 - np.log(2 * np.pi * STD**2 * 4 * len(means))
# %% cell
"""
    result = grade(
        {
            "data_log_likelihood": helper
            + """
def data_log_likelihood(x, means):
    return tf.reduce_mean(tf.reduce_logsumexp(log_joint(x, means), [1, 2]))
""",
            "exact_posterior": """
def exact_posterior(x, means):
    a = log_joint(x, means)
    return tf.exp(a - tf.reduce_logsumexp(a, [1, 2], keepdims=True))
""",
        },
        only={"data_log_likelihood", "exact_posterior"},
    )
    ids = {name: [finding.id for finding in task.findings] for name, task in result.tasks.items()}
    assert ids["data_log_likelihood"] == ["half-missing"] and ids["exact_posterior"] == ["charged-once"]
    assert result.automatic == 20 - 4


def test_wrong_leaves_cost_marks_once(grade):
    result = grade(
        {
            "component_means": """
def component_means(means):
    return (np.asarray(means)[:, None] - OFFSETS).reshape(-1, 2)
"""
        },
        only={"component_means", "data_log_likelihood", "exact_posterior", "exact_m_step", "mean_field_step"},
    )
    assert {*lost(result)} == {"component_means"}


# The policy is trained on uniform draws and a loss of its own, and the means come from elsewhere.
UNEXPLAINED = """
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
"""
OWN_POLICY = """
def sample_posterior(policy, x):
    layer, width = policy.hidden_layer, policy.supercluster_layer.units
    h = layer(tf.concat([x, tf.zeros((len(x), width))], 1))
    i = tf.random.categorical(policy.supercluster_layer(h), 1)[:, 0]
    h = layer(tf.concat([x, tf.one_hot(i, width)], 1))
    return i, tf.random.categorical(policy.petal_layer(h), 1)[:, 0]
"""


@pytest.mark.slow  # flat leaves, own policies and unexplained means have frozen verdicts one by one
def test_unusual_answers_get_what_each_deserves(grade):
    """Right only together; draws that need the notebook's own policy; means that nothing explains."""
    # The leaves come as one axis, and those who use them know it.
    result = grade(
        {
            "component_means": """
def component_means(means):
    return (np.asarray(means)[:, None] + OFFSETS).reshape(-1, 2)
""",
            "data_log_likelihood": """
def data_log_likelihood(x, means):
    leaves = component_means(means)
    d2 = ((x[:, None] - leaves) ** 2).sum(-1)
    log_p = tf.reduce_logsumexp(-d2 / (2 * STD**2), 1) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(log_p) - np.log(len(leaves))
""",
            "exact_posterior": """
def exact_posterior(x, means):
    d2 = ((x[:, None] - component_means(means)) ** 2).sum(-1)
    return tf.reshape(tf.nn.softmax(-d2 / (2 * STD**2)), [len(x), len(means), 4])
""",
            "sample_posterior": OWN_POLICY,
            "gfn_em": UNEXPLAINED,
        }
    )
    assert {*lost(result)} == {"component_means", "gfn_em"}
    assert result.tasks["gfn_em"].outcome == "ungraded", result.tasks["gfn_em"]


def test_the_committed_release_is_current(tmp_path, nbgrader_here):
    """Whether its grades hold, too, is what the tests of answers show."""
    course = courses.init(tmp_path / "course")
    folder = tmp_path / "draft"
    folder.mkdir()
    made = releasing.generated(course, ASSIGNMENT, folder)
    assert made.read_text() == RELEASE.read_text()


def test_the_release_has_the_contracts_ids_and_points(released):
    assert releasing.faults_of_release(released, RULES) == []
    assert POINTS == {
        "sample_data": 5,
        "component_means": 5,
        "data_log_likelihood": 10,
        "exact_posterior": 10,
        "exact_m_step": 10,
        "mean_field_step": 15,
        "policy": 10,
        "trajectory_balance_loss": 10,
        "sample_posterior": 10,
        "gfn_em": 5,
    }
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
