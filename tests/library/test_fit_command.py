"""gmm-tf fit: against mclust, against itself on disk, and what it refuses."""

import csv
import errno
import json
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.mixture import GaussianMixture
from test_mclust import FITS, mixture_of

import gmm_tf
from gmm_tf import course_data
from gmm_tf.cli import fit_command, fit_table, main

DATASETS = Path(gmm_tf.__file__).parent / "datasets"
RESULTS = ["fit.png", "parameters.json", "trace.csv"]
PICTURE = fit_command._picture


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Function of arguments to (exit status, parameters or None, trace or None) of `gmm-tf fit`.

    The picture is empty, because drawing it takes longer than most of these fits.
    """
    monkeypatch.setattr(fit_command, "_picture", lambda *_: Figure(figsize=(1, 1)))

    def run(source, *options, command="fit"):
        if not isinstance(source, Path):
            source, text = tmp_path / "data.csv", source
            source.write_text(text)
        arguments = ["gmm-tf", command, str(source), "--out", str(tmp_path / "out"), *map(str, options)]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as end:
            main.main()
        if not (tmp_path / "out").exists():
            return end.value.code, None, None
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == RESULTS
        with open(tmp_path / "out" / "trace.csv") as file:
            head, *rows = csv.reader(file)
        assert head == ["step", "objective"]
        assert [int(step) for step, _ in rows] == list(range(len(rows)))
        parameters = json.loads((tmp_path / "out" / "parameters.json").read_text())
        return end.value.code, parameters, np.array([float(value) for _, value in rows])

    return run


def as_csv(x):
    return "".join(",".join(map(repr, row)) + "\n" for row in np.asarray(x, float).tolist())


# Models whose highest maximum is the one that mclust found. Steps of each kind stay there in test_mclust.py.
@pytest.mark.parametrize(
    ("data", "model", "k", "covariance"),
    [
        ("old_faithful", "VVV", 2, "full"),
        pytest.param("old_faithful", "EEE", 3, "tied", marks=pytest.mark.slow),
        pytest.param("old_faithful", "VVI", 2, "diag", marks=pytest.mark.slow),
        pytest.param("old_faithful", "VII", 2, "spherical", marks=pytest.mark.slow),
        pytest.param("galaxies", "E", 3, "tied", marks=pytest.mark.slow),
    ],
)
def test_em_agrees_with_mclust(run, data, model, k, covariance):
    (fit,) = [f for f in FITS if (f["data"], f["model"], f["G"]) == (data, model, k)]
    options = ("--k", k, "--covariance", covariance, "--float64", "--tol", 1e-13, "--restarts", 5)
    status, got, trace = run(DATASETS / f"{data}.csv", *options)
    assert status == 0 and got["rows"] == (272 if data == "old_faithful" else 82)
    np.testing.assert_allclose(got["mean_log_likelihood"] * got["rows"], fit["loglik"], rtol=1e-9)
    np.testing.assert_allclose(got["bic"], -fit["BIC"], rtol=1e-9)
    assert np.isclose(got["aic"], got["bic"] + (2 - np.log(got["rows"])) * got["free_parameters"])
    want = mixture_of(fit)
    order = np.argsort(-want.log_pi)
    np.testing.assert_allclose(got["weights"], np.exp(want.log_pi)[order], rtol=1e-4)
    np.testing.assert_allclose(got["means"], want.mu[order], rtol=1e-4)
    np.testing.assert_allclose(got["covariances"], np.array(fit["variance"])[order], rtol=1e-3, atol=1e-4)
    assert trace[-1] <= got["mean_log_likelihood"] + 1e-9 and np.diff(trace).min() > -1e-12
    assert (got["steps"], got["stopped_by"], got["covariance"]) == (len(trace), "tol", covariance)
    assert got["converged"] and not any(got["collapsed"] + got["empty"])


def test_defaults_write_what_was_asked(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fit_command, "_picture", PICTURE)
    status, got, _ = run(DATASETS / "old_faithful.csv", "--k", 2, "--seed", 3)
    assert (status, got["columns"], got["covariance"]) == (0, ["eruptions", "waiting"], "full")
    assert (got["method"], got["seed"], got["rows_dropped"], got["dtype"]) == ("em", 3, 0, "float32")
    assert got["start"] == "data"
    assert {"gmm_tf", "python", "tensorflow", "keras", "numpy"} == set(got["versions"])
    assert "272 rows, a header, columns eruptions, waiting" in capsys.readouterr().out
    assert matplotlib.image.imread(tmp_path / "out" / "fit.png").std() > 0.05
    # Three components, as in the other fits of galaxies, are compiled once.
    status, got, _ = run(DATASETS / "galaxies.csv", "--k", 3)
    assert got["covariance"] == "diag"


def test_gradient_agrees_with_mclust(run):
    (fit,) = [f for f in FITS if (f["data"], f["model"], f["G"]) == ("old_faithful", "VVV", 2)]
    status, got, trace = run(DATASETS / "old_faithful.csv", "--k", 2, "--method", "mle", "--max-steps", 2000)
    assert status == 0 and got["objective"] == "mean negative log-likelihood"
    np.testing.assert_allclose(got["mean_log_likelihood"] * 272, fit["loglik"], rtol=1e-6)
    np.testing.assert_allclose(-trace[-1], got["mean_log_likelihood"], rtol=1e-5)


@pytest.mark.slow  # the next test compares one kind and start
@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("start", ["k-means++", "random"])
def test_streamed_em_is_em(run, monkeypatch, covariance, start):
    # Many batches of 256 rows.
    monkeypatch.setattr(fit_table, "WORKING_SET", 1)
    options = ("--k", 2, "--covariance", covariance, "--start", start)
    ends = "--tol", 0, "--max-steps", 40
    source = DATASETS / "old_faithful.csv"
    _, memory, in_memory = run(source, *options, *ends)
    _, disk, on_disk = run(source, *options, *ends, "--in-memory-limit", 0)
    assert disk["streamed"] and not memory["streamed"] and len(on_disk) == 40
    np.testing.assert_allclose(on_disk, in_memory, rtol=1e-6)
    np.testing.assert_allclose(disk["means"], memory["means"], rtol=1e-3)


def test_streamed_em_stops_by_the_same_rule(run, monkeypatch):
    monkeypatch.setattr(fit_table, "WORKING_SET", 1)
    options = (DATASETS / "old_faithful.csv", "--k", 2, "--float64", "--tol", 1e-6)
    _, memory, in_memory = run(*options)
    _, disk, on_disk = run(*options, "--in-memory-limit", 543)
    assert disk["streamed"] and disk["stopped_by"] == memory["stopped_by"] == "tol"
    assert disk["steps"] == memory["steps"] == len(on_disk)
    np.testing.assert_allclose(on_disk, in_memory, rtol=1e-9)
    assert not run(*options, "--in-memory-limit", 544)[1]["streamed"]


@pytest.mark.slow
def test_streamed_gradient_reaches_the_optimum_of_em(run):
    # Sorted, as files often are.
    source = as_csv(np.sort(course_data(40_000, seed=1), axis=0))
    _, best, _ = run(source, "--k", 2)
    status, got, trace = run(source, "--k", 2, "--method", "mle", "--in-memory-limit", 0)
    assert status == 0 and got["streamed"] and len(trace) == got["steps"] == 3000
    assert "8192 random rows" in got["objective"] and got["converged"] is None
    np.testing.assert_allclose(got["mean_log_likelihood"], best["mean_log_likelihood"], rtol=1e-5)
    # A batch is a sample; the mean of fifty is within a hundredth of that of all rows.
    np.testing.assert_allclose(-trace[-50:].mean(), got["mean_log_likelihood"], atol=0.01)


@pytest.mark.parametrize("method", ["em", "mle"])
def test_units_and_origins_cost_nothing(run, method):
    """Single precision cannot tell the raw numbers of the second file apart."""
    x = np.loadtxt(DATASETS / "old_faithful.csv", delimiter=",", skiprows=1)
    unit, origin = np.array([1e-4, 1e5]), np.array([1e5, 1.6e12])
    options = ("--k", 2, "--method", method, "--max-steps", 300)
    _, plain, _ = run(as_csv(x), *options)
    _, moved, _ = run(as_csv(x * unit + origin), *options)
    np.testing.assert_allclose(moved["weights"], plain["weights"], rtol=1e-4)
    np.testing.assert_allclose((np.array(moved["means"]) - origin) / unit, plain["means"], rtol=1e-4)
    density = plain["mean_log_likelihood"] - np.log(unit).sum()
    np.testing.assert_allclose(moved["mean_log_likelihood"], density, rtol=1e-6)


def test_columns_and_missing_values(run, capsys):
    lines = (DATASETS / "old_faithful.csv").read_text().splitlines()
    rows = ["waiting,name,eruptions"]
    rows += [f"{w},geyser,{e}" for e, w in (line.split(",") for line in lines[1:])]
    rows[100:100] = ["NA,geyser,3", "70,geyser,"]
    options = ("--k", 2, "--columns", "eruptions,1", "--drop-missing")
    status, got, _ = run("\n".join(rows), *options)
    assert (status, got["rows"], got["rows_dropped"]) == (0, 272, 2)
    assert "2 more left out" in capsys.readouterr().out
    _, want, _ = run(DATASETS / "old_faithful.csv", "--k", 2)
    assert got["columns"] == want["columns"]
    np.testing.assert_array_equal(got["means"], want["means"])


def test_annealing_and_restarts_find_what_one_start_may_miss(run):
    options = (DATASETS / "galaxies.csv", "--k", 3)
    one = run(*options, "--max-steps", 300)[1]["mean_log_likelihood"]
    several = run(*options, "--max-steps", 300, "--restarts", 8)[1]["mean_log_likelihood"]
    annealed = run(*options, "--anneal", 30)
    assert several >= one and annealed[0] == 0 and annealed[1]["anneal"] == 30
    # EM written in NumPy ends at -2.48 or -2.59 from nearly all starts; one normal distribution has -2.93.
    assert annealed[1]["mean_log_likelihood"] > -2.6


@pytest.mark.parametrize("method", ["em", "mle"])
def test_a_fit_that_ended_too_early_says_so(run, capsys, method):
    # From the data, the start alone is nearer to the optimum than that.
    early = ("--start", "random", "--max-steps", 20)
    _, got, _ = run(DATASETS / "galaxies.csv", "--k", 3, "--method", method, *early)
    assert not got["converged"]
    assert "still improving after --max-steps 20; raise it" in capsys.readouterr().err
    run(DATASETS / "galaxies.csv", "--k", 3, "--method", method)
    assert "still improving" not in capsys.readouterr().err


@pytest.mark.slow  # test_defaults.py has one for `fit_em`
@pytest.mark.parametrize(
    ("load", "k", "covariance", "seed"),
    [
        (load_wine, 3, "diag", 1),
        (load_breast_cancer, 2, "full", 2),
        (load_wine, 3, "full", 3),
        (load_breast_cancer, 2, "full", 3),
    ],
)
def test_the_default_start_is_no_worse_than_scikit_learns(run, load, k, covariance, seed):
    """One k-means++ start, `--start k-means++`, was worse in these, or had a collapsed component."""
    x = load().data
    theirs = GaussianMixture(k, covariance_type=covariance, random_state=seed, max_iter=1000).fit(x)
    _, got, _ = run(as_csv(x), "--k", k, "--covariance", covariance, "--seed", seed)
    assert got["start"] == "data" and not any(got["collapsed"] + got["empty"])
    assert got["mean_log_likelihood"] > theirs.score(x) - 1e-3


@pytest.mark.parametrize("room", [20_000_000, pytest.param(0, marks=pytest.mark.slow)])
def test_an_outlier_that_single_precision_cannot_place(run, capsys, room):
    x = np.loadtxt(DATASETS / "old_faithful.csv", delimiter=",", skiprows=1)
    _, got, _ = run(as_csv(np.r_[x, [[1e8 + 3, 1e8]]]), "--k", 3, "--in-memory-limit", room)
    theirs = GaussianMixture(2, tol=1e-9, max_iter=1000, random_state=0).fit(x)
    order = np.argsort(-theirs.weights_)
    np.testing.assert_allclose(got["means"], [*theirs.means_[order], [1e8 + 3, 1e8]], rtol=1e-3)
    np.testing.assert_allclose(got["means"][2], [1e8 + 3, 1e8], rtol=1e-12)
    np.testing.assert_allclose(got["covariances"][:2], theirs.covariances_[order], rtol=2e-3)
    # One row at the centre of a component of its own.
    alone = -np.log(273) - 0.5 * np.linalg.slogdet(2 * np.pi * np.array(got["covariances"][2]))[1]
    want = (272 * (theirs.score(x) + np.log(272 / 273)) + alone) / 273
    np.testing.assert_allclose(got["mean_log_likelihood"], want, rtol=1e-5)
    assert got["dtype"] == "float64"
    assert "computed in float64, because a value of column 1 is 5.9e+07 spreads" in capsys.readouterr().out


def test_a_degenerate_fit_is_reported_in_one_line(run, capsys, recwarn):
    x = np.concatenate([np.random.default_rng(0).normal(size=50), [9.0, 9.0, 9.0]])
    run(as_csv(x[:, None]), "--k", 2, "--restarts", 3)
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "component 1; try another --seed" in error
    assert "a smaller --variance-floor" in error
    assert not [each for each in recwarn if issubclass(each.category, RuntimeWarning)]


def test_a_collapsed_component_is_named(run, capsys):
    x = np.concatenate([np.random.default_rng(0).normal(size=50), [9.0, 9.0, 9.0]])
    status, got, _ = run(as_csv(x[:, None]), "--k", 2)
    assert status == 0 and got["collapsed"] == [False, True] and got["empty"] == [False, False]
    assert "collapsed onto too few different rows: component 1" in capsys.readouterr().err


def test_an_outlier_of_a_stream_does_not_set_the_floor(run):
    """Its squared distance times the floor is far above the variance of the two clusters."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=300), rng.normal(20, 1, size=300), [1e7]])
    start = "--restarts", 3, "--start", "k-means++"
    _, got, _ = run(as_csv(x[:, None]), "--k", 3, "--float64", *start, "--in-memory-limit", 0)
    assert got["streamed"]
    np.testing.assert_allclose(np.array(got["covariances"]).ravel()[:2], 1, rtol=0.3)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b\n1,2\n3,\n", (), "line 3, column 2 (b): the value is missing"),
        ("a,b\n1,2\n3,x\n", (), "line 3, column 2 (b): expected a number, got 'x'"),
        ("a,b\n1,2\n3,4,5\n", (), "line 3: expected 2 columns as in the first row, got 3"),
        ("a,b\n1,2\n3,4\n", ("--k", 3), "at least as many rows as components, got 2 for --k 3"),
        ("a,b\n1,2\n3,4\n", ("--k", 0), "expected an integer >= 1, got '0'"),
        ("a,b\n1,2\n3,4\n", ("--max-steps", "many"), "expected an integer >= 1, got 'many'"),
        ("a,b\n1,2\n3,4\n", ("--tol", "nan"), "expected a number >= 0, got 'nan'"),
        ("a,b\n1,2\n3,4\n", ("--delimiter", ",,"), "expected one character, or tab"),
        ("a,b\n1,2\n3,4\n", ("--method", "mle", "--tol", 1), "--tol needs --method em"),
        ("a,b\n1,2\n3,4\n", ("--method", "mle", "--anneal", 1), "--anneal needs --method em"),
        ("a,b\n1,2\n3,4\n", ("--learning-rate", 1), "--learning-rate needs --method mle"),
        ("a,b\n1,2\n3,4\n", ("--anneal", 5, "--in-memory-limit", 3), "pass --in-memory-limit 4"),
        ("a,b\n1,2\n3,4\n", ("--anneal", 5, "--max-steps", 3), "at most --max-steps 3"),
        ("a,b\n1,2\n3,4\n", ("--component", 5), "unrecognized arguments: --component 5"),
        (
            DATASETS / "galaxies.csv",
            ("--k", 3, "--method", "mle", "--learning-rate", 1e30),
            "try 1e+29",
        ),
        (Path("nowhere.csv"), (), "nowhere.csv: No such file or directory"),
        (Path("/"), (), "/: Is a directory"),
    ],
)
def test_refusals_write_nothing(run, tmp_path, capsys, text, options, message):
    status, *results = run(text, "--k", 2, *options)
    assert (status, results) == (2, [None, None])
    assert message in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} <= {"data.csv"}


def test_out_must_not_be_a_file(run, tmp_path, capsys, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    assert run(DATASETS / "galaxies.csv", "--k", 2, "--out", file)[0] == 2
    assert "Expected a directory for --out" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told(run, tmp_path, capsys, monkeypatch):
    def full(*_, **options):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "out"))

    monkeypatch.setattr(fit_command.table, "read", full)
    assert run(DATASETS / "galaxies.csv", "--k", 2)[0] == 2
    said = capsys.readouterr().err
    assert "No space left" in said and "Traceback" not in said


@pytest.mark.parametrize("moment", ["gmm_tf.cli.fit_table.fit_em", "gmm_tf.cli.fit_command._picture"])
def test_old_results_stay_until_all_new_ones_are_ready(run, tmp_path, monkeypatch, capsys, moment):
    assert run(DATASETS / "galaxies.csv", "--k", 3)[0] == 0
    before = {name: (tmp_path / "out" / name).read_bytes() for name in RESULTS}

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(moment, interrupt)
    assert run(DATASETS / "galaxies.csv", "--k", 3, "--seed", 1)[0] == 130
    assert "interrupted; nothing was written" in capsys.readouterr().err
    assert before == {name: (tmp_path / "out" / name).read_bytes() for name in RESULTS}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
