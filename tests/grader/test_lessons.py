"""The notebooks as lessons: what a student meets who reads, runs, and has not finished yet."""

import ast
import contextlib
import io
import linecache
import re
import sys
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
    """Names that a cell sets, those of its functions' arguments included."""
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.arg for node in nodes if isinstance(node, ast.arg)}


def loaded(tree):
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]


def test_drivers_guesses_and_extras_are_skipped_when_graded_and_nothing_else_is(notebook):
    skipped = tagged(notebook, submission.SKIP_TAG)
    kinds = [c for c in notebook.cells if {"driver", "guess", "extra"} & {*c.metadata.get("tags", ())}]
    assert skipped and skipped == kinds


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
            assert calls(tree, "show") or calls(tree, "moving_figure"), cell.id
        for call in calls(tree, "moving_figure"):
            assert len(ast.literal_eval(call.args[2])) > WORDS, cell.id
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


FOLDED = ("given-imports", "given-checks", "given-figures", "given-tasks")
LIMIT = 400_000  # bytes of a release
LIMIT_RUN = 3_000_000  # bytes of a notebook with its outputs
GUESSES_ASKED = 8


def source_of(notebook, kind):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == kind)


def test_guesses_start_empty_and_are_answered_below(notebook):
    asked = {}
    for place, cell in enumerate(notebook.cells):
        if cell in tagged(notebook, "guess"):
            assert not cell.metadata.nbgrader.locked and not is_driver(cell)
            tree = ast.parse(cell.source)
            names = {name for name in stored(tree) if name.startswith("guess_")}
            assert names and {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)} <= {None, 0}
            asked |= dict.fromkeys(names, place)
    assert len(tagged(notebook, "guess")) >= GUESSES_ASKED
    for name, place in asked.items():
        answers = [k for k, cell in enumerate(notebook.cells) if k != place and f'"{name}"' in cell.source]
        assert answers and min(answers) > place, name
        assert any("compare_guess" in notebook.cells[k].source for k in answers)
        assert all(is_driver(notebook.cells[k]) for k in answers)


def test_results_are_folded_behind_the_guess(notebook):
    text = source_of(notebook, "markdown")
    assert "**What you should see" not in text and text.count("What you should see, and why") >= GUESSES_ASKED
    assert text.count("<details><summary>") == text.count("</details>") == text.count("</summary>\n\n")


def test_hints_come_in_steps_and_the_first_is_no_code(notebook):
    text = source_of(notebook, "markdown")
    titles = re.findall(r"<summary>(Hint[^<]*)</summary>\n\n(.*?)\n\n</details>", text, re.S)
    first = [words for title, words in titles if title in ("Hint", "Hint 1: the idea")]
    assert len(first) >= len(tasks.load("gmm-two-ways").tasks)
    for words in first:
        plain = re.sub(r"`model\(.*?\)`|\$.*?\$", "", words)
        assert not re.search(r"```|\w\(|axis=|\[:|\n {4}", plain), words
    answered = sum(cell.cell_type == "code" and submission.is_answer(cell) for cell in notebook.cells)
    assert sum(title.startswith("Hint") for title, _ in titles) > 2 * (answered - 4)


def test_hunts_and_written_questions_have_a_folded_hint(notebook):
    before = {after.id: cell for cell, after in zip(notebook.cells, notebook.cells[1:], strict=False)}
    written = [c.id for c in notebook.cells if c.cell_type == "markdown" and submission.grade_id(c)]
    assert len(written) == 2
    for identity, title in [
        ("bug-1", "Hint 1: the idea"),
        ("bug-2", "Hint 1: the idea"),
        *((w, "Hint") for w in written),
    ]:
        assert f"<details><summary>{title}</summary>" in before[identity].source, identity


def test_helpers_checks_and_drivers_are_folded_in_jupyterlab_and_colab(notebook):
    for cell in code(notebook):
        check = (submission.grade_id(cell) or "").startswith("test_")
        if cell.id in FOLDED or check:
            assert cell.metadata.jupyter.source_hidden and cell.metadata.cellView == "form", cell.id
            assert cell.source.startswith("#@title "), cell.id
        if submission.is_answer(cell) or cell in tagged(notebook, "guess"):
            assert "jupyter" not in cell.metadata and "cellView" not in cell.metadata, cell.id


def test_the_first_idea_comes_after_folded_cells_only(notebook):
    kinds = [cell.id for cell in notebook.cells]
    before = notebook.cells[: kinds.index("text-03")]
    text = "".join(cell.source for cell in before if cell.cell_type == "markdown")
    unfolded = re.sub(r"<details>.*?</details>", "", text, flags=re.S)
    assert len(unfolded.split()) < 220
    assert all(cell.metadata.jupyter.source_hidden for cell in before if cell.cell_type == "code")


@pytest.mark.parametrize("name", tasks.ASSIGNMENTS)
def test_releases_are_small_and_keep_the_folds(name):
    path = NOTEBOOKS["assignments", name]
    assert path.stat().st_size < LIMIT
    read = [nbformat.read(NOTEBOOKS[folder, name], 4).cells for folder in ("solutions", "assignments")]
    ours, theirs = read
    assert [cell.id for cell in ours] == [cell.id for cell in theirs]
    assert [c.metadata.get("cellView") for c in ours] == [c.metadata.get("cellView") for c in theirs]


def test_nothing_is_imported_but_what_every_student_has(notebook):
    imported = set()
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.partition(".")[0])
    assert imported - sys.stdlib_module_names == {"tensorflow", "numpy", "matplotlib", "PIL"}  # Matplotlib's


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
    for given in ("given-imports", "given-checks", "given-tasks"):
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


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (place % 6 > 0))
        for place, path in enumerate(sorted(ANSWERS.glob("right/policy__*.py")))
    ],
)
def test_the_check_of_the_policy_takes_right_answers_in_any_style(says, path):
    assert says(path.read_text()) == "Policy: all checks passed.\n"


@pytest.mark.parametrize("name", UNTRAINED)
def test_the_check_of_the_policy_names_weights_that_are_not_trained(says, name):
    (path,) = ANSWERS.glob(f"*/{name}.py")
    said = says(path.read_text())
    assert UNTRAINED[name] in said and "Keras 3 does not track tf.Variable attributes" in said


# --- the visible check of `gfn_em` -----------------------------------------------------------------

GIVEN = {"given_imports", "given_checks", "given_figures", "given_tasks", "given_constants"}
MISHANDLED = {
    "gfn_em__scored_with_mixture": "not under the mixture that you draw from",
    "gfn_em__not_explored": "it does not explore",
    "gfn_em__argmax_i": "it does not explore|Explore at both levels|second likeliest choices",
    "gfn_em__first_means_reward": "still those of the first means",
    "gfn_em__stale_closure": "A tf.function remembers",
    "gfn_em__learning_rate_ignored": "Pass learning_rate to Adam",
    "gfn_em__exact_em": "makes no `Policy`",
    "gfn_em__draws_ignored": "make q from these draws",
    "gfn_em__new_policy_each_step": "gfn_em trained 16 policies",
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
        if answer or identity in GIVEN:
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


# Right answers that train for seconds; one in graph mode is quick.
SLOW_STYLES = {
    "gfn_em__compiled_e_step",
    "gfn_em__eager_loop",
    "gfn_em__class_trainer",
    "gfn_em__class_with_helpers",
    "gfn_em__eager_tape",
    "gfn_em__nested_train_step_sum_loss",
    "gfn_em__one_call_of_the_policy_for_all_states",
    "gfn_em__self_contained",
}
STYLES = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem in SLOW_STYLES))
    for path in sorted(ANSWERS.glob("right/gfn_em__*.py"))
]


@pytest.mark.parametrize("path", STYLES)
def test_the_check_of_gfn_em_takes_right_answers_in_any_style(said_of_gfn_em, path):
    *before, answer = re.split(r"^# %% cell\n", path.read_text(), flags=re.M)
    *_, passed, pace = (
        line for line in said_of_gfn_em("\n".join([*before, answer])).splitlines() if line[:4] != "Note"
    )
    assert passed == "gfn_em: all checks passed." and re.match(r"150 steps took \d+\.\d s; ", pace)


@pytest.mark.parametrize("name", MISHANDLED)
def test_the_check_of_gfn_em_names_what_section_4_warns_of(said_of_gfn_em, name):
    assert re.search(MISHANDLED[name], said_of_gfn_em((ANSWERS / "wrong" / f"{name}.py").read_text()))


PETALS, DRAW = "_, logits_j, _ = policy(x, i)", "i, j = sample_posterior(policy, x)"
OWN_DRAW = """i = {}(policy(x, nothing)[0]{})
        j = {}(policy(x, tf.one_hot(i, n_superclusters))[1]{})"""
# Slips in the solution's `gfn_em`: what stands there, what a student writes, words of the check.
GFN_SLIPS = {
    "log_z times 0": ("loss(log_z,", "loss(0 * log_z,", "log_z is not trained.*needs log_z itself"),
    "log_z after i": (PETALS, "_, logits_j, log_z = policy(x, i)", "from the call with a one-hot"),
    "logits_j before i": (PETALS, "_, logits_j, _ = policy(x, nothing)", "Call the policy again"),
    "explored draw": (
        DRAW,
        OWN_DRAW.format("tf.argmax(explore", "), 1", "tf.argmax(explore", "), 1"),
        "superclusters that the policy never draws",
    ),
    "own draw": (
        DRAW,
        OWN_DRAW.format("tf.random.categorical", ", 1", "tf.random.categorical", ", 1").replace(
            "1)", "1)[:, 0]"
        ),
        "Note: section 5 follows your function through sample_posterior",
    ),
    "multiplied": ("log_pf += tf", "log_pf *= tf", "never positive: add the two"),
    "largest only": (
        "log_joint):\n",
        """log_joint):
        def explore(logits):
            u = tf.random.uniform([len(logits)]) < 0.1
            other = tf.random.uniform([len(logits)], 0, 4, tf.int64)
            return tf.one_hot(tf.where(u, other, tf.argmax(logits, 1)), 4)

""",
        "second likeliest",
    ),
    "empty moves": ("used[:, None]", "True", "Note: a supercluster that no point"),
}
ANEW = """
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    for _ in range(iterations):
        init_means = one_iteration(x, init_means, 1, steps, learning_rate)
    return init_means
"""


def solved_gfn_em():
    cells = nbformat.read(NOTEBOOKS["solutions", "gflownet-em"], 4).cells
    return next(cell.source for cell in cells if cell.id == "gfn-em")


@pytest.mark.parametrize("slip", GFN_SLIPS)
def test_the_check_of_gfn_em_tells_which_output_went_astray(said_of_gfn_em, slip):
    old, new, said = GFN_SLIPS[slip]
    assert solved_gfn_em().count(old) == 1
    assert re.search(said, said_of_gfn_em(solved_gfn_em().replace(old, new)))


def test_the_check_of_gfn_em_wants_one_policy(said_of_gfn_em):
    answer = solved_gfn_em().replace("def gfn_em(", "def one_iteration(") + ANEW
    assert "gfn_em trained 2 policies" in said_of_gfn_em(answer)


# --- visible checks: slips that they once let through, or explained wrongly -------------------------

# assignment, cell, what stands in the reference, the slip -> words of the check
SLIPS = [
    (
        "gmm-two-ways",
        "make-data",
        "tf.reshape(logits, [1, -1])",
        "logits",
        r"one row per distribution.*call: N 2000, logits \(2,\), means \(2,\), lsigmas \(2,\)",
    ),
    (
        "gmm-two-ways",
        "mixture-likelihood",
        "(tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))",
        "(logits, means, lsigmas)",
        r"align the axes.*call: x \(5001, 1\), logits \(3, 1\), means \(3, 1\), lsigmas \(3, 1\)",
    ),
    (
        "gmm-two-ways",
        "train",
        "    for _ in range(steps):\n",
        "    g = grad(model, inputs)\n    for _ in range(steps):\n"
        "        optimizer.apply_gradients(zip(g, model.trainable_variables))\n    for _ in ():\n",
        "Compute the gradient inside the loop",
    ),
    (
        "gmm-two-ways",
        "train",
        "grad(model, inputs)",
        "grad(model, tf.gather(inputs, np.arange(len(inputs) - 1)) if len(inputs) == 100 else inputs)",
        "no mini-batches",
    ),
    (
        "gmm-two-ways",
        "train",
        "zip(grad(model, inputs), model.trainable_variables)",
        "grad(model, inputs)",
        "zip the two lists",
    ),
    (
        "gmm-two-ways",
        "train",
        "zip(grad(model, inputs), model.trainable_variables)",
        "[(grad(model, inputs)[1], model.means)]",
        "Only the means were trained",
    ),
    (
        "gflownet-em",
        "trajectory-balance-loss",
        "log_z + log_pf - log_reward",
        "tf.exp(log_z + log_pf) - tf.exp(log_reward)",
        "take neither exp nor log",
    ),
    (
        "gmm-two-ways",
        "loss",
        "-tf.reduce_mean(model(inputs))",
        "tf.abs(tf.reduce_mean(model(inputs)))",
        "no absolute value",
    ),
    (
        "gmm-two-ways",
        "mixture-likelihood",
        "* tf.exp(-lsigmas)",
        "/ tf.maximum(tf.exp(lsigmas), 0.1)",
        "Do not bound sigma",
    ),
    (
        "gmm-two-ways",
        "mixture-likelihood",
        "tf.nn.log_softmax(logits)",
        "(logits - tf.math.log(tf.reduce_sum(tf.exp(logits))))",
        "exp.100. overflows",
    ),
    (
        "gmm-two-ways",
        "mixture-posterior-logits",
        "tf.nn.log_softmax(tf.nn.log_softmax(logits) + log_normal)",
        "tf.maximum(tf.nn.log_softmax(tf.nn.log_softmax(logits) + log_normal), -1000.0)",
        "clipping, distorts the tails",
    ),
    (
        "gmm-two-ways",
        "make-data",
        "tf.random.normal([N])",
        "tf.random.uniform([N], -1.732, 1.732)",
        "Is it normal",
    ),
    (
        "gmm-two-ways",
        "mstep",
        "counts = tf.maximum(tf.reduce_sum(posterior, axis=0)",
        "counts = tf.maximum(tf.reduce_sum(posterior, axis=1)",
        "sum over the points, axis 0",
    ),
    (
        "gmm-two-ways",
        "emgmm-model",
        "self.logits.assign(logits)",
        "self.logits = logits",
        "has replaced the weight",
    ),
    (
        "gmm-two-ways",
        "emgmm-model",
        "posterior = tf.nn.softmax(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas))",
        "own = inputs, self.logits, self.means, self.lsigmas\n"
        "        posterior = tf.exp(mixture_posterior_logits(*own) + mixture_likelihood(*own))",
        "do not sum to 1. Use tf.nn.softmax",
    ),
    (
        "gmm-two-ways",
        "gmm-model",
        "mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)",
        "mixture_likelihood(inputs, self.logits, self.means, tf.exp(self.lsigmas))",
        "unchanged, without exp",
    ),
    (
        "gmm-two-ways",
        "gmm-model",
        "mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)",
        "mixture_likelihood(inputs, tf.nn.softmax(self.logits), self.means, self.lsigmas)",
        "unchanged, without softmax or exp",
    ),
    (
        "gmm-two-ways",
        "train",
        "zip(grad(model, inputs), model.trainable_variables)",
        "zip(model.trainable_variables, grad(model, inputs))",
        "each pair is .gradient, variable., in this order",
    ),
    (
        "gmm-two-ways",
        "make-data",
        "    return x[:, tf.newaxis]",
        "    return np.random.normal(tf.gather(means, z), tf.exp(tf.gather(lsigmas, z)), size=(N, 1))",
        "draw one number per point",
    ),
    (
        "gflownet-em",
        "sample-data",
        "OFFSETS[j]",
        "OFFSETS[i]",
        "Use j, not i",
    ),
    (
        "gflownet-em",
        "sample-data",
        "randint(len(means)",
        "randint(4",
        "any number of components",
    ),
    (
        "gflownet-em",
        "exact-posterior",
        "tf.reshape(tf.nn.softmax(flat), logits.shape)",
        "tf.nn.softmax(logits, axis=[1, 2])",
        "a softmax takes one axis",
    ),
    (
        "gflownet-em",
        "exact-m-step",
        'total = tf.einsum("ncp,npd->cd", q, without_petal)',
        "total = tf.matmul(tf.reduce_sum(q, axis=2), x - tf.matmul(tf.reduce_sum(q, "
        "axis=1), OFFSETS), transpose_a=True)",
        "not its sums over i and over j",
    ),
    (
        "gflownet-em",
        "mean-field-step",
        "rest = x - tf.matmul(q_j, OFFSETS)",
        "rest = x - tf.matmul(q_j, OFFSETS) / 1e9",
        "weight each OFFSETS.j. by q_j",
    ),
    (
        "gflownet-em",
        "mean-field-step",
        "tf.nn.softmax(-0.5 * tf.reduce_sum(tf.square((rest[:, None] - means) / STD), axis=-1))",
        "tf.exp(-0.5 * tf.reduce_sum(tf.square((rest[:, None] - means) / STD), axis=-1))\n"
        "    q_i = q_i / tf.reduce_sum(q_i, axis=1, keepdims=True)",
        "far from all leaves, the result is not finite",
    ),
    (
        "gflownet-em",
        "sample-posterior",
        "i = tf.random.categorical(logits_i, 1)",
        "i = tf.random.categorical(tf.nn.softmax(logits_i), 1)",
        "You gave it probabilities",
    ),
    (
        "gflownet-em",
        "sample-posterior",
        "i = tf.random.categorical(logits_i, 1)[:, 0]",
        "i = tf.argmax(logits_i, axis=1)",
        "argmax",
    ),
    (
        "gflownet-em",
        "sample-posterior",
        "j = tf.random.categorical(logits_j, 1)[:, 0]",
        "j = tf.argmax(logits_j, axis=1)",
        "argmax",
    ),
    (
        "gflownet-em",
        "gfn-em",
        "tf.range(steps)",
        "range(steps)",
        "is unrolled",
    ),
]


@pytest.fixture(scope="module")
def check_of():
    """The function from a slip in a cell to the words of its visible check, with all else solved."""
    kept = {}

    def names(assignment):
        if assignment not in kept:
            kept[assignment] = found = {"display": lambda *args, **kwargs: None}
            for cell in code(nbformat.read(NOTEBOOKS["solutions", assignment], 4)):
                if submission.is_answer(cell) or cell.id in (
                    *FOLDED,
                    "given-constants",
                    "given-ground-truth",
                    "given-one-gaussian",
                    "given-grad",
                ):
                    run(cell.source, found)
        return kept[assignment]

    def words(assignment, cell, old, new):
        found = names(assignment)
        cells = {c.id: c.source for c in nbformat.read(NOTEBOOKS["solutions", assignment], 4).cells}
        assert old in cells[cell]
        try:
            run(cells[cell].replace(old, new, 1), found)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                run(cells[f"test-{cell}"], found)
        except found["NotYet"] as refusal:
            return str(refusal)
        finally:
            run(cells[cell], found)
        return printed.getvalue()

    return words


@pytest.mark.parametrize(
    ("assignment", "cell", "old", "new", "said"), SLIPS, ids=[f"{slip[1]}-{slip[4][:20]}" for slip in SLIPS]
)
def test_visible_checks_explain_these_slips(check_of, assignment, cell, old, new, said):
    assert re.search(said, check_of(assignment, cell, old, new))


def test_the_check_of_train_takes_an_answer_that_names_the_weights(check_of):
    named = "[model.logits, model.means, model.lsigmas]"
    said = check_of("gmm-two-ways", "train", "model.trainable_variables", named)
    assert said.endswith("train: all checks passed.\n")


def test_the_check_of_mean_field_knows_a_mean_in_place_of_a_weighted_sum(check_of):
    whole = (
        "rest = x - tf.matmul(q_j, OFFSETS)  # (N, 2)\n"
        "    q_i = tf.nn.softmax(-0.5 * tf.reduce_sum(tf.square((rest[:, None] - means) / STD), axis=-1))"
    )
    far = "tf.reduce_sum(tf.square((x[:, None, None] - means[:, None] - OFFSETS) / STD), axis=-1)"
    slip = f"q_i = tf.nn.softmax(-0.5 * tf.reduce_mean(q_j[:, None] * {far}, axis=2))"
    assert "take the sum" in check_of("gflownet-em", "mean-field-step", whole, slip)


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
    printed = "".join(output.get("text", "") for cell in code(notebook) for output in cell.outputs)
    assert printed.count("Found. ") == 2 and "The stretch: all checks passed." in printed
    assert len(nbformat.writes(notebook).encode()) < LIMIT_RUN


@pytest.mark.slow
@pytest.mark.parametrize("name", tasks.ASSIGNMENTS)
def test_unsolved_notebooks_stop_in_words_only(name, tmp_path):
    notebook = executed(NOTEBOOKS["assignments", name], tmp_path)
    stopped = errors(notebook)
    assert {f"test-{task.id.replace('_', '-')}" for task in tasks.load(name).tasks} <= stopped.keys()
    for identity, output in stopped.items():
        assert output.ename == "NotYet", (identity, output.evalue)
        assert len("\n".join(output.traceback).splitlines()) == 1, identity
