"""What `make judge-report` measures with: mutants, equivalence, power."""

import ast
import difflib
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import judge_page  # noqa: E402
import judge_power  # noqa: E402
import judge_report  # noqa: E402
import mutate  # noqa: E402
import power  # noqa: E402

EXAMPLE = '''
def scaled(x, y, steps=3):
    """Words."""
    total = tf.reduce_sum(x - y, axis=1, keepdims=True)  # a comment
    for _ in range(steps):
        total = -0.5 * tf.square(total)
    return tf.cast(total, tf.float32)
'''


def test_mutants_of_an_example():
    found = {mutant.edit: mutant for mutant in mutate.mutants(EXAMPLE)}
    assert {
        "x - y -> x + y",
        "x - y -> x",
        "x - y -> y - x",
        "-0.5 -> 0.5",
        "-0.5 -> -1.0",
        "range(steps) -> range(steps - 1)",
        "tf.cast(total, tf.float32) -> tf.cast(total, tf.float64)",
        "tf.reduce_sum(x - y, axis=1, keepdims=True) -> tf.reduce_mean(x - y, axis=1, keepdims=True)",
        "tf.reduce_sum(x - y, axis=1, keepdims=True) -> tf.reduce_sum(x - y, keepdims=True)",
        "tf.reduce_sum(x - y, axis=1, keepdims=True) -> tf.reduce_sum(x - y, axis=1, keepdims=False)",
        "total = -0.5 * tf.square(total) -> pass",
    } <= found.keys()
    assert "steps=4" in found["3 -> 4"].source
    assert not any("Words" in mutant.source for mutant in found.values())


@pytest.mark.parametrize("assignment", list(judge_report.ANSWERS))
def test_mutants_are_valid_distinct_and_have_one_edit(assignment):
    sources = judge_report.references(assignment)
    everything = []
    for task, source in sources.items():
        reference = mutate.bare(source)
        found = mutate.mutants(source)
        everything += found
        assert len(found) >= 7, task
        assert len({mutant.source for mutant in found} | {reference}) == len(found) + 1
        assert len({mutant.edit for mutant in found}) == len(found)
        for mutant in found:
            ast.parse(mutant.source)
            # One edit changes one statement: in the text, one run of neighbouring lines.
            blocks = difflib.SequenceMatcher(
                None, reference.splitlines(), mutant.source.splitlines(), autojunk=False
            ).get_opcodes()
            assert sum(tag != "equal" for tag, *_ in blocks) == 1, mutant.edit
    assert len({mutant.id for mutant in everything}) == len(everything) >= 300


def test_chosen_mutants_have_all_operators_and_are_the_same_each_time():
    found = mutate.mutants(EXAMPLE)
    operators = {mutant.operator for mutant in found}
    few = mutate.chosen(found, len(operators))
    assert {mutant.operator for mutant in few} == operators
    assert few == mutate.chosen(found[::-1], len(operators))[::-1]
    assert mutate.chosen(found, 1000) == found


def test_reasons_are_about_mutants_that_exist():
    for assignment in judge_report.ANSWERS:
        found = {
            (task, mutant.edit)
            for task, source in judge_report.references(assignment).items()
            for mutant in mutate.mutants(source)
        }
        assert set(judge_page.reasons(assignment)) <= found


@pytest.mark.parametrize(("n", "p"), [(50, 0.03), (400, 0.4), (3_000, 0.9)])
@pytest.mark.parametrize("level", [1e-2, 1e-8])
def test_the_region_is_that_of_the_exact_test(n, p, level):
    low, high = power.binomial_region(n, p, level)
    for count in (low, high):
        assert stats.binomtest(count, n, p).pvalue >= level
    assert low == 0 or stats.binomtest(low - 1, n, p).pvalue < level
    assert high == n or stats.binomtest(high + 1, n, p).pvalue < level


TRIALS = 2_000


def near(rate, wanted):
    return abs(rate - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / TRIALS)


def test_binomial_power_is_that_of_a_simulation():
    n, p, true, level = 200, 0.5, 0.6, 1e-2
    counts = np.random.default_rng(0).binomial(n, true, TRIALS)
    missed = np.mean([stats.binomtest(count, n, p).pvalue >= level for count in counts])
    wanted = power.binomial_miss(n, p, true, level)
    assert 0.3 < wanted < 0.7 and near(missed, wanted)


def test_variance_power_is_that_of_a_simulation():
    n, ratio, level = 40, 1.3, 1e-2
    e = ratio * np.random.default_rng(0).standard_normal((TRIALS, n))
    square = ((e - e.mean(1, keepdims=True)) ** 2).sum(1)
    chi = stats.chi2(n - 1)
    missed = np.mean(2 * np.minimum(chi.cdf(square), chi.sf(square)) >= level)
    wanted = power.variance_miss(n, ratio, level)
    assert 0.3 < wanted < 0.7 and near(missed, wanted)


def test_the_bound_of_kolmogorov_and_smirnov_holds_in_a_simulation():
    n, level, rng = 400, 1e-2, np.random.default_rng(0)
    distance = stats.norm.cdf(0.1) - stats.norm.cdf(-0.1)  # of N(0.2, 1) from N(0, 1)
    missed = np.mean([stats.kstest(rng.normal(0.2, 1, n), "norm").pvalue >= level for _ in range(300)])
    assert missed <= power.ks_miss(n, distance, level) <= 1
    assert power.ks_miss(n, 0.3, level) < 1e-3 < power.ks_miss(n, 0.1, level)
    assert np.mean([stats.kstest(rng.normal(0.8, 1, n), "norm").pvalue >= level for _ in range(300)]) == 0


def test_random_sizes_are_bounded():
    n, p, rng = 300, 0.4, np.random.default_rng(0)

    def miss(size):
        return power.variance_miss(size, 1.4, 1e-2)

    mean = np.mean([miss(size) for size in rng.binomial(n, p, TRIALS)])
    assert mean <= power.at_least(n, p, miss) <= 1


def test_known_mistakes_of_every_statistical_task_are_caught():
    lines = [*judge_power.make_data_lines(), *judge_power.sample_data_lines(),
             *judge_power.sample_posterior_lines(["one", "two"])]  # fmt: skip
    for line in lines:
        assert line.miss < (1e-6 if line.kind == "right" else 1e-3), line
    alarms = {line.task: line.miss for line in lines if line.kind == "right"}
    assert alarms.keys() == {"make_data", "sample_data", "sample_posterior"}
    assert alarms["sample_data"] + alarms["sample_posterior"] < 1e-6


def test_a_page_counts_what_was_kept(tmp_path):
    def line(name, **more):
        return {name: {"name": name, "task": "loss", "was": "a", "now": name, "max": 4.0, "elsewhere": {},
                       "outcome": "wrong", "points": 0.0, "findings": ["sign"], **more}}  # fmt: skip

    kept = {part: {} for part in judge_report.PARTS}
    kept["mutants"] = (
        line("caught") | line("same", points=4.0) | line("raises", findings=["raised"], outcome="error")
        | line("survives", points=4.0) | line("shared", elsewhere={"train": 2.0})
    )  # fmt: skip
    kept["equivalence"] = {"same": {"same": True}}
    judge_page.write(tmp_path / "page.md", {"gmm-two-ways": kept}, 60)
    page = (tmp_path / "page.md").read_text()
    assert "| loss | 5 | 1 | 3 | 2 | 1 | 0 | 1 | 1 |" in page
    assert "| loss | `a -> survives` |" in page and "| loss | `a -> shared` | train |" in page
