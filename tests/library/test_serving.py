"""Models exported, in files, inside other models: what Keras users expect, and no training by accident."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from gmm_tf import (
    EMGMM,
    GMM,
    GFlowNetPosterior,
    HierarchicalMixture,
    fit_em,
    fit_gradient,
    fit_online,
)
from gmm_tf.data import TRUE_MEANS

BOTH = pytest.mark.parametrize("model_class", [GMM, EMGMM])
X = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")


def log_density(model, x):
    """log p(x_n) by SciPy, [N]."""
    parts = zip(model.mixing_weights.numpy(), model.means.numpy(), model.covariances.numpy(), strict=True)
    return np.log(sum(w * stats.multivariate_normal.pdf(x, mean, cov) for w, mean, cov in parts))


def values(model):
    return [np.copy(tf.convert_to_tensor(weight)) for weight in model.weights]


def assert_unchanged(model, before):
    for now, then in zip(values(model), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("model_class", "kind", "dtype"),
    [
        (GMM, "full", "float32"),
        pytest.param(EMGMM, "diag", "float64", marks=pytest.mark.slow),
        (EMGMM, "tied", "mixed_float16"),
    ],
)
def test_an_exported_mixture_serves_log_p_of_any_number_of_rows(model_class, kind, dtype, tmp_path):
    model = model_class(3, 2, kind, seed=0, dtype=dtype)
    before = values(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    loaded.export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(tmp_path / "exported")
    for n in (1, 50):
        x = tf.cast(X[:n], model.variable_dtype)
        assert served.serve(x).shape == (n, 1)
        np.testing.assert_allclose(served.serve(x)[:, 0], log_density(model, X[:n]), rtol=1e-4, atol=1e-5)
    assert_unchanged(loaded, before)


@pytest.mark.parametrize(
    ("model_class", "dtype"),
    [
        (GMM, "float32"),
        (EMGMM, "float64"),
        pytest.param(GMM, "float64", marks=pytest.mark.slow),
        pytest.param(EMGMM, "float32", marks=pytest.mark.slow),
    ],
)
def test_a_mixture_serves_as_onnx(model_class, dtype, tmp_path):
    pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    model = model_class(3, 2, "full", seed=0, dtype=dtype)
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for n in (1, 50):
        served = session.run(None, {session.get_inputs()[0].name: X[:n].astype(dtype)})[0]
        np.testing.assert_allclose(served[:, 0], log_density(model, X[:n]), rtol=1e-4, atol=1e-5)


def test_an_exported_policy_serves_log_z(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    policy = GFlowNetPosterior(seed=0)
    policy.export(tmp_path / "exported", verbose=False)
    policy.export(tmp_path / "policy.onnx", format="onnx", verbose=False)
    served = tf.saved_model.load(tmp_path / "exported")
    session = onnxruntime.InferenceSession(tmp_path / "policy.onnx")
    for n in (1, 50):
        expected = policy.log_z(X[:n])
        np.testing.assert_allclose(served.serve(tf.constant(X[:n])), expected, rtol=1e-5, atol=1e-6)
        got = session.run(None, {session.get_inputs()[0].name: X[:n]})[0]
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_a_mixture_trains_inside_a_functional_model():
    rng = np.random.default_rng(0)
    inputs = keras.Input((4,))
    mixture = GMM(3, seed=0)
    model = keras.Model(inputs, mixture(keras.layers.Dense(2)(inputs)))
    assert mixture.dim == 2 and model.output_shape == (None, 1)
    before = values(mixture)
    model.compile("adam", loss=lambda _, log_prob: -log_prob)
    x, options = rng.normal(size=(60, 4)), {"epochs": 5, "batch_size": 60, "verbose": 0}
    losses = model.fit(x, np.zeros(60), **options).history["loss"]
    assert losses[-1] < losses[0]
    assert all(np.abs(now - then).max() > 0 for now, then in zip(values(mixture), before, strict=True))


@pytest.mark.parametrize("eager", [False, True])
def test_no_model_around_an_em_mixture_trains_it(eager):
    """But gradients pass through it to the layers below."""
    below = keras.layers.Dense(2)
    mixture = EMGMM(3, seed=0)
    model = keras.Sequential([keras.Input((4,)), below, mixture, keras.layers.Dense(1)])
    before, kernel = values(mixture), np.copy(below.kernel)
    model.compile("adam", "mse", run_eagerly=eager, jit_compile=False)
    x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    model.fit(x, np.ones(20), verbose=0)
    model.predict(x, verbose=0)
    assert model(x).shape == model(x, training=True).shape == (20, 1)
    assert np.abs(below.kernel - kernel).max() > 0
    assert_unchanged(mixture, before)


class Wrapped(keras.Model):
    """A user's model that calls a mixture."""

    def __init__(self):
        super().__init__()
        self.mixture = EMGMM(3, 2, seed=0)

    def call(self, x):
        return self.mixture(x)


def test_only_a_call_on_data_itself_is_an_em_step(tmp_path):
    wrapped = Wrapped()
    mixture = wrapped.mixture
    mixture.jit_compile = False  # what matters is that its calls are traced
    before = values(mixture)
    log_prob = mixture.log_prob(X)[:, None]
    # All rows in one batch: Keras traces each size.
    traced, predicted = tf.function(mixture)(X), mixture.predict(X, batch_size=50, verbose=0)
    for result in (wrapped(X), mixture(X, training=False), traced, predicted):
        np.testing.assert_allclose(result, log_prob, rtol=1e-5)
    assert mixture(keras.Input((2,))).shape == (None, 1)
    mixture.evaluate(X, batch_size=50, verbose=0)
    mixture.export(tmp_path / "exported", verbose=False)
    assert_unchanged(mixture, before)
    twin = EMGMM(3, 2, seed=0)
    assert mixture(X) is None and twin.em_step(X) is None
    assert_unchanged(mixture, values(twin))
    assert np.abs(mixture.means - before[1]).max() > 0.01


def test_an_em_step_needs_as_many_rows_as_components():
    model = EMGMM(3, 2, seed=0)
    before = values(model)
    for step in (model, model.em_step):
        with pytest.raises(ValueError, match=r"N >= k = 3 observations for an EM step, got 2.*log_prob"):
            step(X[:2])
    assert_unchanged(model, before)
    model(X[:3])


def test_a_frozen_em_mixture_is_not_fitted():
    model = EMGMM(3, 2, seed=0, trainable=False)
    before = values(model)
    model.jit_compile = False
    model.fit(X, epochs=2, batch_size=50, verbose=0)
    assert_unchanged(model, before)


@BOTH
def test_the_dimension_comes_from_the_first_data(model_class, tmp_path):
    model = model_class(3, covariance="spherical", seed=0)
    assert "dim=None" in repr(model)
    if model_class is GMM:
        model.compile("adam")
    model.fit(tf.data.Dataset.from_tensor_slices(X).batch(25), epochs=2, shuffle=False, verbose=0)
    assert model.dim == 2 and np.isfinite(model.log_prob(X)).all()
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        keras.models.load_model(tmp_path / "model.keras").log_prob(X), model.log_prob(X)
    )
    with pytest.raises(ValueError, match=r"of shape \[N, 2\], got \[5, 3\].*dim = 2"):
        model.log_prob(np.zeros((5, 3)))
    # Weights that are asked for before there are data are those of one dimension.
    assert model_class(3).means.shape == (3, 1) and len(model_class(3).weights) == 3


@BOTH
def test_repr_and_summary_say_k_and_dim(model_class):
    model, lines = model_class(3, 2, "full", seed=0), []
    assert "k=3, dim=2, covariance='full'" in repr(model)
    model.summary(print_fn=lambda line, **_: lines.append(line))
    assert "k=3, dim=2" in lines[0] and "Total params: 21" in "\n".join(lines)


@pytest.mark.parametrize("model_class", [GMM, EMGMM, lambda k, seed: GFlowNetPosterior(seed=seed)])
def test_seeds_may_be_numpy_integers(model_class):
    left, right = model_class(np.int32(3), seed=np.int64(7)), model_class(3, seed=7)
    assert_unchanged(left, values(right))
    assert type(left.get_config()["seed"]) is int
    with pytest.raises(ValueError, match="seed as an integer, got 0.5"):
        model_class(3, seed=0.5)


@BOTH
@pytest.mark.parametrize("k", [2.5, True, "3"])
def test_numbers_of_components_are_integers(model_class, k):
    with pytest.raises(ValueError, match="Expected k as an integer"):
        model_class(k)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("suffix", ["model.keras", "model.weights.h5"])
def test_a_loaded_policy_goes_on_training_as_the_saved_one(suffix, tmp_path):
    x = HierarchicalMixture().sample(40, TRUE_MEANS, seed=0)
    policy = GFlowNetPosterior(seed=0)
    policy.train(x, TRUE_MEANS, 3)
    if suffix == "model.keras":
        policy.save(tmp_path / suffix)
        loaded = keras.models.load_model(tmp_path / suffix)
    else:
        policy.save_weights(tmp_path / suffix)
        loaded = GFlowNetPosterior(seed=1)
        loaded.load_weights(tmp_path / suffix)
    loaded.seed_generator.state.assign(policy.seed_generator.state)
    np.testing.assert_array_equal(loaded.train(x, TRUE_MEANS, 3), policy.train(x, TRUE_MEANS, 3))
    assert_unchanged(loaded, values(policy))


@pytest.mark.usefixtures("uncompiled")
def test_a_policy_that_was_not_trained_starts_adam_anew(tmp_path):
    x = HierarchicalMixture().sample(40, TRUE_MEANS, seed=0)
    new = GFlowNetPosterior(seed=0)
    new.save_weights(tmp_path / "new.weights.h5")
    expected = GFlowNetPosterior(seed=0).train(x, TRUE_MEANS, 3)
    used = GFlowNetPosterior(seed=0)
    used.train(x, TRUE_MEANS, 3)
    used.load_weights(tmp_path / "new.weights.h5")
    used.seed_generator.state.assign(new.seed_generator.state)
    np.testing.assert_array_equal(used.train(x, TRUE_MEANS, 3), expected)


# `fit_gradient` checks its data as `fit_em` does.
@pytest.mark.parametrize("fit", [fit_em, fit_online, pytest.param(fit_gradient, marks=pytest.mark.slow)])
def test_every_fit_finds_the_dimension(fit):
    model = (GMM if fit is fit_gradient else EMGMM)(3, covariance="spherical", seed=0)
    fit(model, X, **({"steps": 5} if fit is fit_gradient else {}))
    assert model.dim == 2 and np.isfinite(model.bic(X))
