"""gmm-tf predict and gmm_tf.load: against SciPy's densities of the numbers in parameters.json."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal

import gmm_tf
from gmm_tf import parameters
from gmm_tf.cli import main, predictions, table_text

FAITHFUL = Path(gmm_tf.__file__).parent / "datasets" / "old_faithful.csv"
RNG = np.random.default_rng(0)


def content(kind, k=3, dim=2):
    """What gmm-tf fit would write of some mixture."""
    root = RNG.normal(size=(k, dim, dim))
    full = root @ np.swapaxes(root, 1, 2) + np.eye(dim)
    covariances = {
        "full": full,
        "tied": np.repeat(full[:1], k, axis=0),
        "diag": full * np.eye(dim),
        "spherical": full[:, :1, :1] * np.eye(dim),
    }[kind]
    return {
        "weights": np.arange(1, k + 1) / np.arange(1, k + 1).sum(),
        "means": 3 * RNG.normal(size=(k, dim)),
        "covariances": covariances,
        "covariance": kind,
        "columns": ["a", "b"],
        "method": "em",
    }


def write(tmp_path, mixture):
    plain = {name: np.asarray(value).tolist() for name, value in mixture.items()}
    (tmp_path / "parameters.json").write_text(json.dumps(plain))
    return tmp_path


def log_joint(x, mixture):
    """[N, K], by SciPy."""
    parts = zip(mixture["weights"], mixture["means"], mixture["covariances"], strict=True)
    return np.stack([np.log(w) + multivariate_normal(m, s).logpdf(x) for w, m, s in parts], axis=1)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Function of arguments to (exit status, standard output, standard error) of `gmm-tf predict`."""

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["gmm-tf", "predict", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as end:
            main.main()
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return run


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize(("method", "kind_of_model"), [("em", gmm_tf.EMGMM), ("mle", gmm_tf.GMM)])
def test_load_gives_the_model_back(tmp_path, kind, method, kind_of_model):
    mixture = {**content(kind), "method": method}
    x = 4 * RNG.normal(size=(50, 2))
    for path in (write(tmp_path, mixture), str(tmp_path / "parameters.json")):
        model = gmm_tf.load(path)
        assert type(model) is kind_of_model and (model.k, model.dim, model.covariance) == (3, 2, kind)
        joint = log_joint(x, mixture)
        np.testing.assert_allclose(np.ravel(model.log_prob(x)), logsumexp(joint, axis=1), rtol=1e-12)
        np.testing.assert_allclose(model.posterior(x), softmax(joint, axis=1), rtol=1e-9, atol=1e-15)
    assert gmm_tf.load(tmp_path, dtype="float32").variable_dtype == "float32"


def test_a_component_without_weight_stays_without(tmp_path):
    model = gmm_tf.load(write(tmp_path, {**content("full"), "weights": [0.25, 0, 0.75]}))
    assert np.isfinite(model.log_prob(np.zeros((1, 2)))).all()
    np.testing.assert_allclose(np.exp(model.mixture.log_pi), [0.25, 0, 0.75], atol=1e-15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [0.5, 0.5]}, "weights [0.5, 0.5], which are not 3 probabilities"),
        ({"weights": [0.5, 0.5, 0.5]}, "which are not 3 probabilities"),
        ({"means": [1.0, 2.0, 3.0]}, "means of shape [3]"),
        ({"covariances": [[[1.0]]] * 3}, "covariances of shape [3, 1, 1]"),
        ({"covariances": [[[1.0, 2.0], [2.0, 1.0]]] * 3}, "covariances that are not positive definite"),
        ({"covariance": "round"}, "got 'round'"),
        ({"covariance": "diag"}, "covariances that are not diagonal"),
        ({"method": "guess"}, "the method 'guess'"),
        ({"columns": ["a"]}, "1 columns for 2 dimensions"),
    ],
)
def test_other_files_are_refused(tmp_path, run, change, message):
    write(tmp_path, {**content("full"), **change})
    with pytest.raises(ValueError, match="expected the parameters.json of gmm-tf fit") as error:
        gmm_tf.load(tmp_path)
    assert message in str(error.value) and str(tmp_path / "parameters.json") in str(error.value)
    status, _, said = run(tmp_path, FAITHFUL, "--out", tmp_path / "p.csv")
    assert status == 2 and message in said


def test_files_that_are_no_parameters(tmp_path):
    (tmp_path / "parameters.json").write_text("{}")
    with pytest.raises(ValueError, match="got no 'weights'"):
        gmm_tf.load(tmp_path)
    (tmp_path / "parameters.json").write_text("PK")
    with pytest.raises(ValueError, match="expected the parameters.json of gmm-tf fit"):
        gmm_tf.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        gmm_tf.load(tmp_path / "nowhere")


@pytest.mark.parametrize("fields", [64, 1 << 18])
def test_predictions_agree_with_scipy(tmp_path, monkeypatch, run, fields):
    monkeypatch.setattr(table_text, "FIELDS", fields)
    monkeypatch.setattr(predictions, "WORKING_SET", 1)
    mixture = content("full")
    x = 4 * RNG.normal(size=(300, 2))
    # The model takes its columns by name.
    pd.DataFrame({"b": x[:, 1], "text": "t", "a": x[:, 0]}).to_csv(tmp_path / "data.csv")
    status, said, _ = run(write(tmp_path, mixture), tmp_path / "data.csv", "--out", tmp_path / "p.csv")
    got = pd.read_csv(tmp_path / "p.csv")
    joint = log_joint(x, mixture)
    assert status == 0 and "300 rows, mean log-density" in said
    assert list(got) == ["row", "component", "log_density", *(f"probability_{k}" for k in range(3))]
    np.testing.assert_array_equal(got["row"], 1 + np.arange(300))
    np.testing.assert_array_equal(got["component"], joint.argmax(axis=1))
    np.testing.assert_allclose(got["log_density"], logsumexp(joint, axis=1), rtol=1e-12)
    np.testing.assert_allclose(got.iloc[:, 3:], softmax(joint, axis=1), rtol=1e-9, atol=1e-15)
    counts = np.bincount(joint.argmax(axis=1), minlength=3)
    assert ", ".join(f"{k}: {count}" for k, count in enumerate(counts)) in said


@pytest.mark.parametrize("fields", [4, 1 << 18])
def test_rows_with_missing_values_keep_their_place(tmp_path, monkeypatch, run, fields):
    monkeypatch.setattr(table_text, "FIELDS", fields)
    write(tmp_path, content("diag"))
    text = b"a,b\n,1\n,2\n1,2\nNA,3\n0.5,7\n-1,\n"
    assert run(tmp_path, "-", "--out", "-", stdin=text)[0] == 2
    status, _, _ = run(tmp_path, "-", "--drop-missing", "--out", tmp_path / "new" / "dir", stdin=text)
    got = pd.read_csv(tmp_path / "new" / "dir" / "predictions.csv")
    assert status == 0 and got["row"].tolist() == [1, 2, 3, 4, 5, 6]
    assert got.drop(columns="row").notna().all(axis=1).tolist() == [False, False, True, False, True, False]
    model = gmm_tf.load(tmp_path)
    want = model.log_prob(np.array([[1, 2], [0.5, 7]]))
    np.testing.assert_allclose(got["log_density"][[2, 4]], np.ravel(want))


def test_to_standard_output(tmp_path, capfdbinary, monkeypatch):
    write(tmp_path, content("diag"))
    data = tmp_path / "data.csv"
    data.write_text("1,2\n3,4\n")
    arguments = [str(tmp_path), str(data), "--columns", "1,2", "--out", "-"]
    monkeypatch.setattr(sys, "argv", ["gmm-tf", "predict", *arguments])
    with pytest.raises(SystemExit) as end:
        main.main()
    out = capfdbinary.readouterr().out
    assert end.value.code == 0 and out.startswith(b"row,component,log_density") and out.count(b"\n") == 3


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("x,b\n1,2\n", (), "expected columns by name (x, b) or by number (1 to 2), got 'a'"),
        ("x,y,z\n1,2,3\n", ("--exclude", "z", "--columns", "x,z"), "expected the model's 2 columns"),
        ("a,b\n1,x\n", (), "line 2, column 2 (b): expected a number, got 'x'"),
        ("a,b\n", (), "expected rows of numbers, got none"),
        ("a,b\nNA,1\n", ("--drop-missing",), "got none; 1 with missing values were skipped"),
    ],
)
def test_refusals_write_nothing(tmp_path, run, text, options, message):
    (tmp_path / "data.csv").write_text(text)
    write(tmp_path, content("full"))
    status, _, said = run(tmp_path, tmp_path / "data.csv", "--out", tmp_path / "p.csv", *options)
    assert status == 2 and message in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "parameters.json"]


def test_the_fit_of_a_file_predicts_it(tmp_path, monkeypatch, capsys):
    arguments = ["gmm-tf", "fit", str(FAITHFUL), "--k", "2", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit):
        main.main()
    written = parameters.read(tmp_path)
    model, x = gmm_tf.load(tmp_path), gmm_tf.data.old_faithful()
    np.testing.assert_allclose(np.mean(model.log_prob(x)), written["mean_log_likelihood"], rtol=1e-9)


def test_spreads_far_apart_are_read_back(tmp_path):
    mixture, unit = content("full", dim=3), np.array([1e-3, 1.0, 1e9])
    x = mixture["means"] + 1
    want = logsumexp(log_joint(x, mixture), axis=1) - np.log(unit).sum()
    mixture |= {"means": mixture["means"] * unit, "columns": ["a", "b", "c"]}
    mixture["covariances"] = mixture["covariances"] * unit[:, None] * unit
    model = gmm_tf.load(write(tmp_path, mixture))
    np.testing.assert_allclose(model.log_prob(x * unit), want, rtol=1e-6)


def test_a_header_comes_once(tmp_path, run, monkeypatch):
    monkeypatch.setattr(table_text, "FIELDS", 2)
    (tmp_path / "data.csv").write_text("# one\n# two\n# three\n1,2\n3,4\n")
    write(tmp_path, content("diag"))
    status, _, said = run(tmp_path, tmp_path / "data.csv", "--out", tmp_path / "p.csv", "--columns", "1,2")
    assert status == 0, said
    assert pd.read_csv(tmp_path / "p.csv")["row"].tolist() == [1, 2]
