"""EM on real data against R's mclust; tests/references/mclust.R makes the reference."""

import json
from pathlib import Path

import numpy as np
import pytest

from gmm_tf import EMGMM, data, em, fit_em, priors
from gmm_tf.mixture import Mixture, to_blocks

REFERENCE = Path(__file__).resolve().parents[1] / "references" / "mclust.json"
CONTENT = json.loads(REFERENCE.read_text())
FITS, FITS_WITH_PRIOR = CONTENT["fits"], CONTENT["fits_with_prior"]
COVARIANCE = {
    "V": "diag",
    "E": "tied",
    "VVI": "diag",
    "VII": "spherical",
    "VVV": "full",
    "EEE": "tied",
}


def name(fit):
    return "-".join([fit["data"], fit["model"], COVARIANCE[fit["model"]], str(fit["G"])])


# The most components of any fit to the same data with the same covariance.
WIDTH = {}
for _fit in FITS:
    WIDTH[_fit["data"], _fit["model"]] = max(_fit["G"], WIDTH.get((_fit["data"], _fit["model"]), 0))

EVERY_FIT = pytest.mark.parametrize("fit", FITS, ids=name)
EVERY_FIT_WITH_PRIOR = pytest.mark.parametrize("fit", FITS_WITH_PRIOR, ids=name)
# Whole fits that `make test` compiles; the others are slow. test_fit_command.py finds a maximum of "VVV" and
# test_select.py those of four kinds from the data; test_priors.py compares fits with a prior step by step.
QUICK, QUICK_WITH_PRIOR = {("V", 3), ("EEE", 3)}, set()


def whole(fits, quick):
    """A test of each fit, slow but for those of these models and numbers of components."""
    marks = ([pytest.mark.slow] * ((fit["model"], fit["G"]) not in quick) for fit in fits)
    params = [pytest.param(fit, marks=own) for fit, own in zip(fits, marks, strict=True)]
    return pytest.mark.parametrize("fit", params, ids=list(map(name, fits)))


def mixture_of(fit, shift=0.0, stretch=1.0):
    """mclust's parameters as ours, the means shifted by standard deviations."""
    covariance, variance = COVARIANCE[fit["model"]], np.array(fit["variance"])
    deviation = np.sqrt(np.diagonal(variance, axis1=1, axis2=2))
    mu = np.array(fit["mean"]) + shift * deviation
    if covariance == "diag":
        scale = np.log(stretch * deviation)
    elif covariance == "spherical":
        scale = np.log(stretch * deviation[:, :1])
    else:
        scale = stretch * np.linalg.cholesky(variance[:1] if covariance == "tied" else variance)
        diagonal = np.arange(variance.shape[-1])
        scale[:, diagonal, diagonal] = np.log(scale[:, diagonal, diagonal])
    return Mixture(np.log(fit["pro"]), mu, scale)


def model_at(fit, theta):
    x = getattr(data, fit["data"])()
    model = EMGMM(fit["G"], x.shape[1], COVARIANCE[fit["model"]], seed=0, dtype="float64")
    model.assign(theta)
    return model, x


def weights_by_mean(theta):
    """Components that coincide, as two of galaxies E 6, determine only the sum of their weights."""
    _, place = np.unique(np.round(theta.mu, 6), axis=0, return_inverse=True)
    return np.bincount(place.ravel(), np.exp(theta.log_pi))


@EVERY_FIT
def test_likelihood_and_bic_at_mclusts_maximum(fit):
    """mclust's BIC has the other sign: larger is better."""
    model, x = model_at(fit, mixture_of(fit))
    np.testing.assert_allclose(np.sum(model.log_prob(x)), fit["loglik"], rtol=1e-12)
    np.testing.assert_allclose(model.bic(x), -fit["BIC"], rtol=1e-12)


def check_that_a_step_stays(fit, prior=None):
    """At mclust's maximum, which is one to 13 digits."""
    model, x = model_at(fit, mixture_of(fit))
    theta, want = model.mixture, mixture_of(fit)
    prior = priors.chosen(prior, model, x)
    if prior is not None:
        prior = priors.moved(prior, np.zeros(model.dim), np.ones(model.dim))
    got = em.update(em.e_step(to_blocks(x), theta), theta, prior=prior)
    np.testing.assert_allclose(np.exp(got.log_pi), fit["pro"], rtol=1e-8)
    np.testing.assert_allclose(got.mu, want.mu, rtol=1e-8)
    np.testing.assert_allclose(got.scale, want.scale, rtol=1e-8, atol=1e-8)


@EVERY_FIT
def test_a_step_of_em_stays_at_mclusts_maximum(fit):
    check_that_a_step_stays(fit)


@EVERY_FIT_WITH_PRIOR
def test_a_step_with_the_default_prior_stays_at_that_of_priorcontrol(fit):
    check_that_a_step_stays(fit, "default")


def check_that_em_finds_mclusts_maximum(fit, prior=None):
    """From a start nearby."""
    shift = np.random.default_rng(0).normal(size=np.shape(fit["mean"])) * 0.05
    model, x = model_at(fit, mixture_of(fit, shift, stretch=1.1))
    assert np.abs(np.mean(model.log_prob(x)) - fit["loglik"] / len(x)) > 1e-3
    width = None if prior else WIDTH[fit["data"], fit["model"]]  # so that these fits share what is compiled
    result = fit_em(model, x, max_steps=3000, tol=0, prior=prior, width=width)
    np.testing.assert_allclose(result.log_likelihood * len(x), fit["loglik"], rtol=1e-12)
    got, want = model.mixture, mixture_of(fit)
    np.testing.assert_allclose(weights_by_mean(got), weights_by_mean(want), rtol=1e-8)
    np.testing.assert_allclose(got.mu, want.mu, rtol=1e-8)
    np.testing.assert_allclose(got.scale, want.scale, rtol=1e-8, atol=1e-8)


@whole(FITS, QUICK)
def test_em_from_nearby_finds_mclusts_maximum(fit):
    check_that_em_finds_mclusts_maximum(fit)


@whole(FITS_WITH_PRIOR, QUICK_WITH_PRIOR)
def test_em_with_the_default_prior_finds_that_of_priorcontrol(fit):
    check_that_em_finds_mclusts_maximum(fit, "default")
