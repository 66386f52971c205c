"""Which model `select_components` chooses, against R's mclust and against criteria taken by hand."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from gmm_tf import EMGMM, data, fit_em, loops, mixture, select_components

REFERENCE = Path(__file__).resolve().parents[1] / "references" / "mclust.json"
KINDS = {"VVV": "full", "EEE": "tied", "VVI": "diag", "VII": "spherical"}
X = data.old_faithful()


@pytest.fixture(scope="module")
def chosen():
    return select_components(X, range(1, 5), covariance="all", seed=0, tol=1e-9)


def test_old_faithful_is_mclusts(chosen):
    """mclust's BIC has the other sign, and its best of all models is EEE with three components."""
    fits = [fit for fit in json.loads(REFERENCE.read_text())["fits"] if fit["data"] == "old_faithful"]
    rows = list(zip(chosen.covariance, chosen.components, strict=True))
    assert len(rows) == 16 and len(fits) > 2
    for fit in fits:
        if fit["G"] <= 4:
            at = rows.index((KINDS[fit["model"]], fit["G"]))
            assert -chosen.bic[at] > fit["BIC"] - 1e-3, fit["model"]
    assert rows[chosen.best_index] == ("tied", 3)
    assert chosen.best.k == 3 and chosen.best.covariance == "tied"
    np.testing.assert_allclose(chosen.bic.min(), 2314.296, atol=1e-3)


def test_the_table_prints_with_its_best_row_marked(chosen):
    lines = repr(chosen).splitlines()
    assert len(lines) == 17 and lines[0].split()[:2] == ["covariance", "components"]
    marked = [line for line in lines if line.startswith("*")]
    assert len(marked) == 1 and "2314.296" in marked[0] and marked[0].endswith("best BIC")
    assert marked[0].split()[1:3] == ["tied", "3"]


def test_criteria_are_those_of_the_formulas(chosen):
    for i, model in enumerate(chosen.models):
        joint = np.stack(
            [
                np.log(p) + stats.multivariate_normal.logpdf(X, m, s)
                for p, m, s in zip(model.mixing_weights, model.means.numpy(), model.covariances, strict=True)
            ],
            axis=1,
        )
        log_prob = np.logaddexp.reduce(joint, axis=1)
        np.testing.assert_allclose(chosen.log_likelihood[i], log_prob.mean(), rtol=1e-10)
        np.testing.assert_allclose(chosen.bic[i], model.bic(X), rtol=1e-12)
        np.testing.assert_allclose(chosen.aic[i], model.aic(X), rtol=1e-12)
        own = joint.argmax(axis=1)
        complete = (joint[np.arange(len(X)), own] - log_prob).sum()
        np.testing.assert_allclose(chosen.icl[i], model.bic(X) - 2 * complete, rtol=1e-10)


def test_icl_prefers_components_that_lie_apart(chosen):
    by_icl = chosen._replace(criterion="icl")
    assert (by_icl.best.covariance, by_icl.best.k) == ("full", 2)
    assert "best ICL" in repr(by_icl)


def test_a_degenerate_model_is_not_best_and_is_marked(chosen):
    results = list(chosen.results)
    results[chosen.best_index] = results[chosen.best_index]._replace(collapsed=(1,))
    found = chosen._replace(results=tuple(results))
    assert found.best_index == np.argsort(chosen.bic)[1]
    assert [line for line in repr(found).splitlines() if line.endswith("  collapsed")]


@pytest.mark.slow  # two more compilations; test_priors.py selects with a prior
def test_a_prior_keeps_pairs_of_rows_from_being_components():
    """Of the galaxies two of six components are pairs, which the likelihood alone prefers."""
    alone, with_prior = (
        select_components(data.galaxies(), [3, 6], "diag", seed=0, prior=prior) for prior in (None, "default")
    )
    assert (alone.best.k, with_prior.best.k) == (6, 3)


def test_all_numbers_of_components_share_one_compilation():
    x = np.random.default_rng(1).normal(size=(83, 2))
    before = loops.em_loop.experimental_get_tracing_count()
    select_components(x, range(1, 5), "diag", restarts=1, seed=0, max_steps=50)
    assert loops.em_loop.experimental_get_tracing_count() == before + 1


@pytest.mark.slow  # test_mclust.py has absent components of each kind, test_convergence.py the same trace
@pytest.mark.parametrize("kind", KINDS.values())
def test_absent_components_change_nothing(kind):
    fits = [EMGMM(2, 2, kind, seed=3, dtype="float64") for _ in range(2)]
    traces = [
        fit_em(model, X, 60, start="k-means++", tol=0, width=width).trace
        for model, width in zip(fits, (None, 5), strict=True)
    ]
    np.testing.assert_allclose(*traces, rtol=1e-10)
    for one, other in zip(*(model.mixture for model in fits), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


def test_absent_components_stay_absent_when_components_are_moved_and_extrapolated():
    x = np.repeat([[0.0], [5.0]], 40, axis=0) + 0.1 * np.random.default_rng(0).normal(size=(80, 1))
    model = EMGMM(2, 1, seed=0, dtype="float64")
    model.assign(mixture.normal_mixture([0.0, -80.0], [[2.5], [900.0]], [[0.0], [0.0]]))
    fit_em(model, x, reseed=True, width=4)
    np.testing.assert_allclose(np.sort(model.means[:, 0]), [0, 5], atol=0.1)
    result = fit_em(model, x, accelerate=3, width=4)
    assert np.isfinite(result.trace).all()


def test_missing_values_and_weights_are_counted():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(60, 2)), 8 + rng.normal(size=(60, 2))])
    x[::5, 0] = np.nan
    counts = rng.integers(1, 3, size=120)
    # From a start that compiles nothing.
    given = {"restarts": 1, "seed": 0, "missing": True, "start": "k-means++"}
    found = select_components(x, [1, 2], "diag", sample_weight=counts, **given)
    again = select_components(np.repeat(x, counts, axis=0), [1, 2], "diag", **given)
    assert found.best.k == 2
    np.testing.assert_allclose(found.bic, again.bic, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["select_components", "condition", "bootstrap", "fit_online"])
def test_it_can_be_the_first_import(name):
    subprocess.run([sys.executable, "-c", f"from gmm_tf import {name}"], check=True, timeout=120)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="criterion"):
        select_components(X, criterion="aicc")
    with pytest.raises(ValueError, match="covariance one of"):
        select_components(X, covariance="every")
    with pytest.raises(ValueError, match="kinds of covariance, got none"):
        select_components(X, covariance=[])
    with pytest.raises(ValueError, match="width >= 3"):
        fit_em(EMGMM(3, 2), X, width=2)
