"""`gmm-tf compare` and `gmm-tf depth` as a user runs them, and what they keep when they are stopped."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor

import matplotlib.image
import numpy as np
import pytest

from gmm_tf import HierarchicalMixture, e_steps, exact_em
from gmm_tf.cli import compare_command, comparison_figures, depth, experiment, main
from gmm_tf.data import TRUE_MEANS

FEW = 100  # observations
pytestmark = pytest.mark.filterwarnings("ignore:The policy misses")


def compare(monkeypatch, out, *more):
    """Exit status of a fast comparison of exact and mean-field EM, or of the methods in `more`."""
    arguments = ["gmm-tf", "compare", "--fast", "--inits", "2", "--out", str(out)]
    if "--methods" not in more:
        arguments += ["--methods", "exact,variational"]
    monkeypatch.setattr("sys.argv", [*arguments, *more])
    with pytest.raises(SystemExit) as stopped:
        main.main()
    return stopped.value.code


@pytest.fixture
def few(monkeypatch):
    """A comparison that is faster still, because a policy learns from fewer observations."""
    monkeypatch.setitem(compare_command.FAST, "n", FEW)


@pytest.fixture
def no_figures(monkeypatch, few):
    """Figures and the optimum take most of the time of a comparison of two fast methods."""
    monkeypatch.setattr(compare_command, "_draw", lambda *_: [])
    monkeypatch.setattr(experiment, "CONVERGED", 10)


def table(out):
    """results.csv without the seconds."""
    with open(out / "results.csv", encoding="utf-8", newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def test_compare_writes_table_and_figures(monkeypatch, tmp_path, capsys, few):
    # The net of the runs, which is compiled already.
    monkeypatch.setattr(experiment, "PRECISE_NET", [32])
    monkeypatch.setitem(compare_command.FAST, "e_step", 64)
    assert compare(monkeypatch, tmp_path, "--methods", "exact,gflownet") == 0
    with open(tmp_path / "results.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "init",
        "method",
        "log_likelihood",
        "optimum_log_likelihood",
        "total_variation",
        "seconds",
    ]
    assert [(row["init"], row["method"]) for row in rows] == [
        (str(init), method) for init in range(2) for method in ("exact", "gflownet")
    ]
    settings = experiment.Settings(n=FEW, iterations=5)
    x, start = experiment.data_and_start(settings, 1)
    expected = exact_em(x, start, 5, anneal="half", seed=1).log_likelihoods[-1]
    assert np.isclose(float(rows[2]["log_likelihood"]), expected, rtol=1e-9)
    optimum = exact_em(x, TRUE_MEANS, 200).log_likelihoods[-1]
    assert np.isclose(float(rows[0]["optimum_log_likelihood"]), optimum, rtol=1e-9)
    assert float(rows[0]["total_variation"]) < 1e-9 < float(rows[1]["total_variation"])
    for name in ("figure2.png", "figure3.png"):
        picture = matplotlib.image.imread(tmp_path / name)
        assert min(picture.shape[:2]) > 300 and picture.std() > 0.05
    said = capsys.readouterr().out
    assert "optimal" in said and "gflownet" in said and "figure2.png" in said and "2.8041" in said
    assert f"true means {HierarchicalMixture().log_likelihood(x, TRUE_MEANS):.5f}" in said
    with open(tmp_path / "starts.csv", encoding="utf-8", newline="") as file:
        starts = [[float(row["x1"]), float(row["x2"])] for row in csv.DictReader(file) if row["init"] == "1"]
    np.testing.assert_allclose(starts, start, rtol=1e-12)
    for method in ("exact", "gflownet"):
        assert matplotlib.image.imread(tmp_path / f"panels_{method}.png").std() > 0.05


def test_policies_are_compared_with_the_same_look_ahead():
    for name, options in depth.TRAINED.items():
        if not options.get("look_ahead", True) and "objective" in options:
            assert {k: v for k, v in options.items() if k != "look_ahead"} in depth.TRAINED.values(), name
    assert depth.ROLLOUTS.keys() == {
        name for name, net in depth.TRAINED.items() if net.get("objective") == "rws"
    }


def test_wake_sleep_does_not_weight_its_draws():
    assert experiment.METHODS["wake-sleep"].keywords["samples"] == 1


def test_figures_say_which_methods_are_annealed():
    x, means = np.zeros((20, 2)), TRUE_MEANS.tolist()
    runs = [experiment.Run(0, name, 0.0, 0.0, 0.0, 1.0, means, [means], 0.0) for name in ("exact", "rws")]
    figure = comparison_figures.final_means(x, runs, ("exact", "rws"), ("exact",))
    assert [ax.get_title().split("\n")[0] for ax in figure.axes] == [
        "exact, annealed",
        "reweighted wake-sleep",
    ]
    assert "exact, annealed" in comparison_figures.panels(x, runs[0], ("exact",)).get_suptitle()


def test_log_likelihoods_are_exact_at_any_depth(monkeypatch):
    monkeypatch.setattr(experiment, "CONVERGED", 2)
    settings = experiment.Settings(n=30, iterations=1, levels=11, anneal=())
    (run,) = experiment.runs(settings, 1, ["gibbs"])
    x, _ = experiment.data_and_start(settings, 0)
    assert np.isclose(
        run.log_likelihood, HierarchicalMixture(levels=11).log_likelihood(x, run.means), rtol=1e-9
    )


def test_starts_do_not_depend_on_their_number():
    settings = experiment.Settings(seed=3, n=50)
    first = experiment.data_and_start(settings, 4)
    again = experiment.data_and_start(settings, 4)
    other = experiment.data_and_start(settings, 5)
    np.testing.assert_array_equal(first[0], other[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_an_interrupted_comparison_goes_on_where_it_was(monkeypatch, tmp_path, capsys, no_figures):
    assert compare(monkeypatch, tmp_path / "whole") == 0
    add, count = experiment.Store.add, []

    def add_and_stop(store, run):
        add(store, run)
        count.append(run)
        if len(count) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(experiment.Store, "add", add_and_stop)
        assert compare(monkeypatch, tmp_path / "parts") == 130
    assert "--resume" in capsys.readouterr().err
    assert len(table(tmp_path / "parts")) == 3
    # A kill in the middle of a write leaves half a line.
    with open(tmp_path / "parts" / experiment.RUNS, "a", encoding="utf-8") as file:
        file.write('\n{"init": 1, "method": "vari')
    monkeypatch.setattr(experiment.Store, "add", lambda store, run: count.append(run) or add(store, run))
    assert compare(monkeypatch, tmp_path / "parts", "--resume") == 0
    assert len(count) == 4
    assert table(tmp_path / "parts") == table(tmp_path / "whole")


def test_the_table_is_the_same_in_whatever_order_runs_end(tmp_path):
    settings = experiment.Settings()
    runs = [
        experiment.Run(init, method, -3.0, -3.0, 0.0, 1.0, [], [], -3.0)
        for init in (0, 1)
        for method in ("exact", "variational", "gflownet")
    ]
    for folder, order in (("one", runs), ("other", runs[::-1])):
        store = experiment.Store(tmp_path / folder, settings, resume=False)
        for run in order:
            store.add(run)
    assert table(tmp_path / "one") == table(tmp_path / "other")


@pytest.mark.slow  # three imports of TensorFlow
def test_runs_in_parallel_are_the_same(monkeypatch, tmp_path, few):
    monkeypatch.setattr(compare_command, "_draw", lambda *_: [])
    assert (
        compare(monkeypatch, tmp_path / "one") == compare(monkeypatch, tmp_path / "two", "--jobs", "2") == 0
    )
    one, two = (table(tmp_path / name) for name in ("one", "two"))
    for first, second in zip(one, two, strict=True):
        assert first["init"] == second["init"] and first["method"] == second["method"]
        for name in ("log_likelihood", "optimum_log_likelihood"):
            # The number of threads changes the order of sums.
            np.testing.assert_allclose(float(first[name]), float(second[name]), rtol=1e-6)


def test_runs_are_neither_overwritten_nor_mixed(monkeypatch, tmp_path, capsys, no_figures):
    assert compare(monkeypatch, tmp_path) == 0
    before = (tmp_path / "results.csv").read_bytes()
    assert compare(monkeypatch, tmp_path) == 2
    assert "--resume" in capsys.readouterr().err
    assert compare(monkeypatch, tmp_path, "--resume", "--seed", "1") == 2
    assert "settings" in capsys.readouterr().err
    assert (tmp_path / "results.csv").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--methods", "exact,best"],
        ["--methods", "none"],
        ["--methods", "exact,exact"],
        ["--anneal", "best"],
        ["--inits", "0"],
        ["--levels", "1"],
    ],
)
def test_wrong_arguments_are_refused(monkeypatch, tmp_path, capsys, arguments):
    assert compare(monkeypatch, tmp_path, *arguments) == 2
    # So ends the command's own message; argparse has others.
    assert f", got {arguments[1]}" in capsys.readouterr().err.replace("'", "")
    assert not (tmp_path / "results.csv").exists()


def test_a_directory_that_cannot_be_made_is_told(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert compare(monkeypatch, tmp_path / "file" / "out") == 2
    assert "Not a directory" in capsys.readouterr().err


@pytest.mark.slow
def test_other_e_steps_learn_the_means_of_deeper_trees(monkeypatch, tmp_path, capsys):
    assert compare(monkeypatch, tmp_path, "--methods", "exact,remainder,beam,gibbs", "--levels", "7") == 0
    rows = {(row["init"], row["method"]): row for row in table(tmp_path)}
    settings = experiment.Settings(n=400, iterations=5, levels=7)
    x, start = experiment.data_and_start(settings, 1)
    tree = HierarchicalMixture(levels=7)
    expected = exact_em(x, start, 5, tree, anneal="half", seed=1)
    assert np.isclose(float(rows["1", "exact"]["log_likelihood"]), expected.log_likelihoods[-1], rtol=1e-9)
    assert np.isclose(expected.log_likelihoods[-1], tree.log_likelihood(x, expected.means), rtol=1e-9)
    for method, most in (("exact", 1e-9), ("remainder", 1e-3), ("beam", 0.3), ("gibbs", 0.7)):
        assert float(rows["1", method]["total_variation"]) < most
    assert not (tmp_path / "figure2.png").exists() and (tmp_path / "panels_beam.png").exists()


@pytest.mark.slow
def test_the_preset_of_the_paper_is_its_notebook(monkeypatch, tmp_path):
    assert (
        compare(monkeypatch, tmp_path, "--preset", "paper", "--methods", "exact,gflownet", "--inits", "2")
        == 0
    )
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["anneal"] == [] and settings["data_per_start"]
    own = settings["gflownet"]
    assert (
        own["learning_rate"] == 3e-4
        and own["hidden"] == 32
        and own["samples"] == 1
        and own["ascend"] == [0.1, 1]
    )
    assert experiment.PAPER["steps"] == 1000
    optima = {row["init"]: row["optimum_log_likelihood"] for row in table(tmp_path)}
    assert optima["0"] != optima["1"]
    first, second = (
        experiment.data_and_start(experiment.Settings(data_per_start=True), i)[0] for i in (0, 1)
    )
    assert not np.array_equal(first, second)


def test_total_variation_by_hand():
    p = np.array([[[0.5, 0.5], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
    q = np.array([[[0.5, 0.0], [0.5, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
    assert experiment.total_variation(p, q) == 0.25


@pytest.fixture
def no_processes(monkeypatch, uncompiled):
    """Levels are measured in this process, with one policy of six, and nothing is compiled for it.

    One of its own for each imports TensorFlow again.
    """
    monkeypatch.setattr(depth, "WARM_UP", 1)
    monkeypatch.setattr(depth, "ProcessPoolExecutor", lambda workers, mp_context: ThreadPoolExecutor(workers))
    some = {"GFlowNet": depth.TRAINED["GFlowNet"]}
    monkeypatch.setattr(depth, "TRAINED", some)
    monkeypatch.setattr(depth, "METHODS", (*list(depth.ENUMERATED)[1:], *some))


@pytest.mark.parametrize("least", [3, pytest.param(2, marks=pytest.mark.slow)])
def test_depth_measures_each_level(request, monkeypatch, tmp_path, capsys, least):
    steps = "64"
    if least == 3:
        request.getfixturevalue("no_processes")
        steps = "3"
    arguments = ["--levels", f"{least}..3", "--n", "50", "--steps", steps, "--hidden", "8"]
    arguments += ["--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["gmm-tf", "depth", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main.main()
    assert stopped.value.code == 0
    with open(tmp_path / "depth.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["leaves"] for row in rows] == [str(4**levels) for levels in range(least, 4)]
    tree = HierarchicalMixture(levels=3)
    x = tree.sample(50, TRUE_MEANS, 0)
    assert np.isclose(float(rows[-1]["log_likelihood"]), tree.log_likelihood(x, TRUE_MEANS), rtol=1e-9)
    assert 0 < float(rows[-1]["total_variation"]) < 1 and 0 < float(rows[-1]["effective_sample_size"]) <= 1
    variations = [float(rows[-1][f"variation: {name}"]) for name in depth.METHODS]
    assert all(0 <= value < 1 for value in variations)
    # Four enumerated levels are all of three.
    assert variations[0] < 1e-9 and all(float(rows[-1][f"seconds: {name}"]) > 0 for name in depth.METHODS)
    assert matplotlib.image.imread(tmp_path / "depth.png").std() > 0.05
    assert "depth.csv" in capsys.readouterr().out


def test_levels_are_measured_one_after_the_other(monkeypatch, no_processes):
    monkeypatch.setattr(depth, "measure", lambda *arguments: arguments)
    assert list(depth.levels(2, 4, 50, 64, [8], 1)) == [(levels, 50, 64, [8], 1) for levels in (2, 3, 4)]


@pytest.mark.parametrize("levels", ["1..3", "3..2", "two", ".."])
def test_wrong_levels_are_refused(monkeypatch, tmp_path, levels):
    monkeypatch.setattr("sys.argv", ["gmm-tf", "depth", "--levels", levels, "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        main.main()
    assert stopped.value.code == 2


@pytest.mark.slow  # a policy of nine levels compiles for long
def test_a_level_beyond_enumeration_is_exact_all_the_same():
    row = depth.measure(9, 20, 64, [8], 0)
    assert row.leaves == 4**9 and row.total_variation is None
    four = e_steps.Remainder(4)
    tree = HierarchicalMixture(levels=9)
    problem = e_steps.Problem(tree.sample(20, TRUE_MEANS, 0), tree.parameters(TRUE_MEANS))
    assert abs(row.log_likelihood - four.step(problem, None).objective) < 1e-3
    assert np.isfinite(row.importance_log_likelihood) and row.peak_megabytes > 0
    json.dumps(row.row())
