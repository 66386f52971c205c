"""The first try, with defaults: from the data if never trained, from the weights if trained."""

import copy
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from gmm_tf import (
    EMGMM,
    GMM,
    DegenerateFitWarning,
    fit_em,
    fit_em_distributed,
    fit_gradient,
    fit_online,
    starts,
)
from gmm_tf.data import old_faithful

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import defaults  # noqa: E402

X = old_faithful()
# Of two components with full covariances, by mclust (tests/references/mclust.json).
OPTIMUM = -1130.264 / len(X)


def batches():
    return tf.data.Dataset.from_tensor_slices(X).batch(68)


def pairs():
    """A generator of batches, which can be read once, as one epoch of Keras takes it."""
    return ((X[i : i + 68], np.zeros(68)) for i in range(0, len(X), 68))


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return (X[i::4],)


def mirrored():
    return tf.distribute.MirroredStrategy(["CPU:0"])


WAYS = {
    "fit_em": (EMGMM, lambda model: fit_em(model, X)),
    "fit_em of a GMM": (GMM, lambda model: fit_em(model, X)),
    "fit_online": (EMGMM, lambda model: fit_online(model, X, batch_size=68)),
    "fit_online of a stream": (EMGMM, lambda model: fit_online(model, batches())),
    "fit_gradient": (GMM, lambda model: fit_gradient(model, X, 300)),
    "EMGMM.fit": (EMGMM, lambda model: model.fit(X, epochs=10, verbose=0)),
    "EMGMM.fit of a stream": (EMGMM, lambda model: model.fit(batches(), epochs=10, verbose=0)),
    "EMGMM.fit of a PyDataset": (EMGMM, lambda model: model.fit(Batches(), epochs=10, verbose=0)),
    "EMGMM.fit of a generator": (EMGMM, lambda model: model.fit(pairs(), epochs=1, verbose=0)),
    # Batches of one size, because Keras compiles each.
    "GMM.fit": (GMM, lambda model: model.fit(X, epochs=20, batch_size=68, verbose=0)),
    "GMM.fit of a stream": (GMM, lambda model: model.fit(batches(), epochs=20, verbose=0)),
    "distributed": (EMGMM, lambda model: fit_em_distributed(model, X, mirrored())),
    "distributed stream": (EMGMM, lambda model: fit_em_distributed(model, batches(), mirrored())),
}


# Each is quick in its two parts: what starts from such data, and what fits such a model.
SLOW_WAYS = ("distributed", "EMGMM.fit of a stream", "GMM.fit of a stream")


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=[pytest.mark.slow] * (way in SLOW_WAYS)) for way in WAYS]
)
def test_every_way_to_fit_finds_the_optimum_of_old_faithful(way, seed):
    kind, fit = WAYS[way]
    model = kind(2, 2, "full", seed=seed)
    # test_serving.py fits both models by steps that XLA compiles.
    model.compile("adam", jit_compile=False)
    fit(model)
    # Online EM averages over four or six batches here.
    assert np.mean(model.log_prob(X)) > OPTIMUM - (5e-3 if "online" in way else 1e-3)
    assert not model.is_untrained


def loaded(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


def with_weights(model, folder):
    model.save_weights(folder / "model.weights.h5")
    other = type(model)(2, 2, "full", seed=7)
    other.load_weights(folder / "model.weights.h5")
    return other


def with_values(model, folder):
    other = type(model)(2, 2, "full", seed=7)
    other.set_weights(model.get_weights())
    return other


def assigned(model, folder):
    other = type(model)(2, 2, "full", seed=7)
    other.assign(model.mixture)
    return other


COPIES = [loaded, with_weights, with_values, assigned, lambda model, _: copy.deepcopy(model)]


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        *((way, EMGMM) for way in COPIES),
        (loaded, GMM),
        *(pytest.param(way, GMM, marks=pytest.mark.slow) for way in COPIES[1:]),
    ],
)
def test_a_trained_model_goes_on_from_its_weights(way, kind, tmp_path):
    first = kind(2, 2, "full", seed=0)
    fit_em(first, X, 3, start="random")
    model = way(first, tmp_path)
    assert not model.is_untrained
    before = np.mean(model.log_prob(X))
    assert np.isclose(fit_em(model, X, 1).trace[0], before, atol=1e-5)


def train_on_batch(model):
    model.compile("adam", run_eagerly=True)
    model.train_on_batch(X)


@pytest.mark.parametrize(
    ("kind", "touch"),
    [
        (EMGMM, lambda model: model.means.assign([[2.0, 50.0], [4.0, 80.0]])),
        (EMGMM, lambda model: model.logits.assign_add([0.0, 1e-6])),
        (EMGMM, lambda model: model(X)),
        (GMM, train_on_batch),
    ],
)
def test_any_change_of_the_weights_counts_as_training(kind, touch):
    model = kind(2, 2, "full", seed=0)
    assert model.is_untrained and keras.models.clone_model(model).is_untrained
    touch(model)
    assert not model.is_untrained


def test_a_start_is_what_it_says():
    model = EMGMM(2, 2, "full", seed=0, dtype="float64")
    at_weights = np.mean(model.log_prob(X))
    assert np.isclose(fit_em(copy.deepcopy(model), X, 1, start="weights").trace[0], at_weights)
    best = fit_em(model, X)
    assert fit_em(model, X, 1, start="random").trace[0] < best.log_likelihood - 1e-3
    assert fit_em(model, X, 1, start="data").trace[0] > best.log_likelihood - 1e-3


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("iris", "full"),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (("wine", "tied"), ("breast cancer", "diag"), ("wine", "spherical"))
        ),
    ],
)
def test_the_default_is_no_worse_than_scikit_learns(name, kind):
    load, k = defaults.DATA[name]
    outcome = defaults.race(load(), k, kind, seed=0)
    assert outcome.ours > outcome.theirs - defaults.SAME
    assert not outcome.degenerate and not outcome.warned


@pytest.mark.slow
def test_the_default_is_no_worse_than_scikit_learns_in_most_seeds(tmp_path):
    assert defaults.main(["--out", str(tmp_path / "defaults.json")]) == 0


@pytest.fixture
def glance(monkeypatch):
    """Starts from a thousand rows, which are compiled once."""
    monkeypatch.setattr(starts, "GLANCE", 1000)


def test_the_sample_of_a_stream_has_all_of_its_parts(glance):
    """100,000 rows in order, of which the last hundredth lies elsewhere."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=99_000), rng.normal(100, 1, size=1000)])[:, None]
    model = EMGMM(2, seed=0, dtype="float64")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DegenerateFitWarning)
        model.fit(tf.data.Dataset.from_tensor_slices(x).batch(10_000), epochs=1, verbose=0)
    np.testing.assert_allclose(np.sort(model.means.numpy().ravel()), [0.0, 100.0], atol=0.15)


def test_weights_stand_for_copies_in_the_start(glance):
    """A histogram: bins of equal width, whose counts alone say where the two bumps are."""
    centres = np.arange(-6, 6.1, 0.25)[:, None]
    count = 5e4 * (np.exp(-0.5 * (centres + 2) ** 2) + np.exp(-0.5 * (centres - 2) ** 2)).ravel()
    model = EMGMM(2, seed=0, dtype="float64")
    fit_em(model, centres, sample_weight=count, tol=1e-10)
    np.testing.assert_allclose(np.sort(model.means.numpy().ravel()), [-2.0, 2.0], atol=0.01)
