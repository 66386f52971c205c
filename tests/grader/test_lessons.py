"""The notebooks as lessons: what a student meets who reads, runs, and has not finished yet."""

import ast
import contextlib
import io
import linecache
import re
from pathlib import Path

import nbformat
import pytest

from autograder import tasks
from autograder.engine import submission

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {
    (folder, name): ROOT / folder / name / f"{name}.ipynb"
    for folder in ("solutions", "assignments")
    for name in tasks.ASSIGNMENTS
}
WORDS = 25  # characters that a description of a figure has at least


@pytest.fixture(params=NOTEBOOKS, ids="/".join)
def notebook(request):
    return nbformat.read(NOTEBOOKS[request.param], as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_driver(cell):
    return "driver" in cell.metadata.get("tags", ())


def calls(tree, name):
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def stored(tree):
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def loaded(tree):
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def test_drivers_are_skipped_when_graded_and_nothing_else_is(notebook):
    tagged = [c for c in notebook.cells if submission.SKIP_TAG in c.metadata.get("tags", ())]
    assert tagged and all(map(is_driver, tagged))
    assert [submission.grade_id(c) for c in notebook.cells if is_driver(c)] == [
        submission.grade_id(c) for c in tagged
    ]


def test_drivers_name_what_they_need(notebook):
    answers = {submission.grade_id(c) for c in code(notebook) if submission.is_answer(c)}
    functions = {"gmm_model": "GMM", "emgmm_model": "EMGMM", "policy": "Policy"}
    unsafe = {functions.get(name, name) for name in answers}
    made_by_drivers = set()
    for cell in filter(is_driver, code(notebook)):
        tree = ast.parse(cell.source)
        used = (loaded(tree) & (unsafe | made_by_drivers)) - stored(tree)
        assert not used or calls(tree, "needs"), (cell.id, used)
        made_by_drivers |= stored(tree)


def test_every_figure_has_words(notebook):
    for cell in code(notebook):
        if submission.is_answer(cell):
            continue
        assert "plt.show" not in cell.source, cell.id
        tree = ast.parse(cell.source)
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        drawn = re.search(r"plt\.(figure|subplots|plot)\(", cell.source) and cell.id != "given-plot-density"
        if drawn and not functions:
            assert calls(tree, "show"), cell.id
        for call in calls(tree, "show"):
            spoken = [
                n.value for n in ast.walk(call) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            ]
            passed_on = isinstance(call.args[0], ast.Name)
            assert passed_on or len("".join(spoken)) > WORDS, cell.id


def test_headings_step_down_one_level_at_a_time(notebook):
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_notebooks_are_kept_without_outputs(notebook):
    assert not any(cell.outputs or cell.execution_count for cell in code(notebook))


# --- the visible check of `Policy` ------------------------------------------------------------------

ANSWERS = ROOT / "tests" / "answers" / "gflownet-em"
# Wrong answer -> what the check says of it, beside the cause.
UNTRAINED = {
    "policy__tf_variable": "The policy has no trainable variables.",
    "policy__tf_variables": "The policy has no trainable variables.",
    "policy__one_tf_variable": "The outputs come from 7 weights, and trainable_variables holds 6 of them",
}


@pytest.fixture(scope="module")
def says():
    """The function from an answer to `Policy` to the words of its visible check."""
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOKS["solutions", "gflownet-em"], 4).cells}
    names = {}
    for given in ("given-imports", "given-checks"):
        exec(cells[given], names)

    def words(answer):
        exec(answer, names)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(cells["test-policy"], names)
        except names["NotYet"] as refusal:
            return str(refusal)
        return printed.getvalue()

    return words


@pytest.mark.parametrize("path", sorted(ANSWERS.rglob("right/policy__*.py")), ids=lambda path: path.stem)
def test_the_check_of_the_policy_takes_right_answers_in_any_style(says, path):
    assert says(path.read_text()) == "Policy: all checks passed.\n"


@pytest.mark.parametrize("name", UNTRAINED)
def test_the_check_of_the_policy_names_weights_that_are_not_trained(says, name):
    (path,) = ANSWERS.rglob(f"{name}.py")
    said = says(path.read_text())
    assert UNTRAINED[name] in said and "Keras 3 does not track tf.Variable attributes" in said


# --- the visible check of `gfn_em` -----------------------------------------------------------------

MISHANDLED = {
    "gfn_em__scored_with_mixture": "not under the mixture that you draw from",
    "gfn_em__not_explored": "No explored path reached it",
    "gfn_em__argmax_i": "No explored path reached it|Explore at both levels|second likeliest choices",
    "gfn_em__first_means_reward": "still those of the first means",
    "gfn_em__stale_closure": "A tf.function remembers",
    "gfn_em__learning_rate_ignored": "Pass learning_rate to Adam",
    "gfn_em__exact_em": "makes no `Policy`",
    "gfn_em__untrained": "Does the loss fall while the policy trains",
}


def run(source, names):
    """Run a cell whose source AutoGraph can find, as in a notebook."""
    name = f"<cell {len(linecache.cache)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    exec(compile(source, name, "exec"), names)


@pytest.fixture(scope="module")
def said_of_gfn_em():
    """The function from an answer to `gfn_em` to the words of its visible check, with all else solved."""
    cells = nbformat.read(NOTEBOOKS["solutions", "gflownet-em"], 4).cells
    names = {"display": lambda *args, **kwargs: None}
    for cell in cells:
        identity = submission.grade_id(cell) or ""
        answer = cell.cell_type == "code" and submission.is_answer(cell)
        if answer or identity in {"given_imports", "given_checks", "given_figures", "given_constants"}:
            run(cell.source, names)
    check = next(cell.source for cell in cells if submission.grade_id(cell) == "test_gfn_em")

    def words(answer):
        run(answer, names)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                run(check, names)
        except names["NotYet"] as refusal:
            return str(refusal)
        return printed.getvalue()

    return words


# Right answers that train eagerly or long, for seconds; others in eager and in graph mode are quick.
SLOW_STYLES = {
    "gfn_em__class_trainer",
    "gfn_em__class_with_helpers",
    "gfn_em__eager_tape",
    "gfn_em__nested_train_step_sum_loss",
    "gfn_em__self_contained",
}
STYLES = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem in SLOW_STYLES))
    for path in sorted(ANSWERS.rglob("right/gfn_em__*.py"))
]


@pytest.mark.parametrize("path", STYLES)
def test_the_check_of_gfn_em_takes_right_answers_in_any_style(said_of_gfn_em, path):
    *before, answer = re.split(r"^# %% cell\n", path.read_text(), flags=re.M)
    assert said_of_gfn_em("\n".join([*before, answer])) == "gfn_em: all checks passed.\n"


@pytest.mark.parametrize("name", MISHANDLED)
def test_the_check_of_gfn_em_names_what_section_4_warns_of(said_of_gfn_em, name):
    assert re.search(MISHANDLED[name], said_of_gfn_em((ANSWERS / "wrong" / f"{name}.py").read_text()))


def executed(path, folder):
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=600, allow_errors=True, resources=resources).execute()
    return notebook


def errors(notebook):
    return {
        cell.id: output for cell in code(notebook) for output in cell.outputs if output.output_type == "error"
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", tasks.ASSIGNMENTS)
def test_solved_notebooks_run_from_top_to_bottom(name, tmp_path):
    notebook = executed(NOTEBOOKS["solutions", name], tmp_path)
    assert not errors(notebook)
    for cell in code(notebook):
        if (submission.grade_id(cell) or "").startswith("test_"):
            said = "".join(output.get("text", "") for output in cell.outputs)
            assert "all checks passed" in said, cell.id


@pytest.mark.slow
@pytest.mark.parametrize("name", tasks.ASSIGNMENTS)
def test_unsolved_notebooks_stop_in_words_only(name, tmp_path):
    notebook = executed(NOTEBOOKS["assignments", name], tmp_path)
    stopped = errors(notebook)
    assert {f"test-{task.id.replace('_', '-')}" for task in tasks.load(name).tasks} <= stopped.keys()
    for identity, output in stopped.items():
        assert output.ename == "NotYet", (identity, output.evalue)
        assert len("\n".join(output.traceback).splitlines()) == 1, identity
