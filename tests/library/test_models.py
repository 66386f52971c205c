"""Keras models against TFP, NumPy and Keras' own promises."""

import copy
import itertools
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from gmm_tf import COURSE, EMGMM, GMM, DegenerateFitWarning, course_data, fit_em, mixture, models

BOTH = pytest.mark.parametrize("model_class", [GMM, EMGMM])
KINDS = [(1, "diag"), (3, "diag"), (3, "spherical"), (3, "full"), (2, "tied")]
# What both classes have from MixtureModel is quick in one of them for each kind.
ONE_OF_BOTH = pytest.mark.parametrize(
    ("model_class", "dim", "covariance"),
    [
        pytest.param(model_class, *kind, marks=[pytest.mark.slow] * ((first + second) % 2))
        for first, model_class in enumerate((GMM, EMGMM))
        for second, kind in enumerate(KINDS)
    ],
)
X = course_data(300)


def at_course(model_class, **kwargs):
    model = model_class(5, **kwargs)
    model.logits.assign(COURSE.logits + 1.0)
    model.means.assign(COURSE.means[:, None])
    model.lsigmas.assign(COURSE.lsigmas[:, None])
    return model


def data(dim, n=40, seed=0):
    return np.random.default_rng(seed).normal(size=(n, dim)).astype("float32")


def weights(model):
    return [np.copy(w.numpy()) for w in (model.logits, model.means, model.scale)]


def em_oracle(x, logits, means, lsigmas, steps):
    """EM in NumPy; the trace is the mean log-likelihood before each step."""
    x, trace = np.asarray(x, float), []
    logits, means, lsigmas = (np.asarray(p, float).reshape(-1) for p in (logits, means, lsigmas))
    for _ in range(steps):
        joint = special.log_softmax(logits) + stats.norm.logpdf(x, means, np.exp(lsigmas))
        trace.append(special.logsumexp(joint, axis=1).mean())
        r = special.softmax(joint, axis=1)
        logits = np.log(r.mean(0))
        means = (r * x).sum(0) / r.sum(0)
        lsigmas = np.log((r * (x - means) ** 2).sum(0) / r.sum(0)) / 2
    return trace, [logits, means[:, None], lsigmas[:, None]]


@ONE_OF_BOTH
def test_weights_are_small_distinct_and_seeded(model_class, dim, covariance):
    model = model_class(4, dim, covariance, seed=1)
    shapes = [w.shape for w in weights(model)]
    scale = {"diag": (4, dim), "spherical": (4, 1), "full": (4, dim, dim), "tied": (1, dim, dim)}
    assert shapes == [(4,), (4, dim), scale[covariance]]
    assert len(model.trainable_weights) == (3 if model_class is GMM else 0)
    values = np.concatenate([w[w != 0] for w in weights(model)])
    assert len(np.unique(values)) == len(values) > 4 * (1 + dim)
    assert np.abs(values).max() < 0.5
    for left, right in zip(weights(model), weights(model_class(4, dim, covariance, seed=1)), strict=True):
        np.testing.assert_array_equal(left, right)
    assert not np.array_equal(model.means, model_class(4, dim, covariance, seed=2).means)


@ONE_OF_BOTH
def test_density_and_samples_agree_with_tfp(model_class, dim, covariance):
    model, x = model_class(3, dim, covariance, seed=0), data(dim)
    reference = model.to_distribution()
    events = x[:, 0] if dim == 1 else x  # as TFP takes them
    np.testing.assert_allclose(model.log_prob(x), reference.log_prob(events), rtol=1e-5)
    components = reference.components_distribution.log_prob(events[:, None])
    joint = components + tf.nn.log_softmax(model.logits)
    np.testing.assert_allclose(model.posterior(x), special.softmax(joint, axis=1), rtol=1e-4)
    np.testing.assert_array_equal(model.predict_component(x), np.argmax(joint, axis=1))


@BOTH
def test_samples_are_fresh_and_from_the_mixture(model_class):
    """Two Kolmogorov-Smirnov tests at 1e-8: false alarms below 1e-7 for a random seed."""
    model = at_course(model_class, seed=0)
    first, second = model.sample(5000).numpy(), model.sample(5000).numpy()
    assert first.shape == (5000, 1) and not np.array_equal(first, second)
    np.testing.assert_array_equal(at_course(model_class, seed=0).sample(5000), first)

    def cdf(x):
        return stats.norm.cdf((x[:, None] - COURSE.means) / np.exp(COURSE.lsigmas)) @ np.exp(COURSE.logits)

    for draws in (first, second):
        assert stats.kstest(draws[:, 0], cdf).pvalue > 1e-8


FREE = {(1, "diag"): 8, (3, "diag"): 20, (3, "spherical"): 14, (3, "full"): 29, (2, "tied"): 11}


@ONE_OF_BOTH
def test_information_criteria(model_class, dim, covariance):
    model, x, free = model_class(3, dim, covariance, seed=0), data(dim), FREE[dim, covariance]
    total = float(np.sum(model.to_distribution().log_prob(x[:, 0] if dim == 1 else x)))
    assert np.isclose(model.aic(x), 2 * free - 2 * total, rtol=1e-5)
    assert np.isclose(model.bic(x), np.log(40) * free - 2 * total, rtol=1e-5)


QUICK_FILES = ((GMM, 2, "tied"), (EMGMM, 3, "diag"))


@pytest.mark.parametrize(
    ("model_class", "dim", "covariance"),
    [
        pytest.param(each, *kind, marks=[pytest.mark.slow] * ((each, *kind) not in QUICK_FILES))
        for each, kind in itertools.product((GMM, EMGMM), KINDS)
    ],
)
def test_keras_file_round_trip(model_class, dim, covariance, tmp_path):
    model, x = model_class(3, dim, covariance, seed=0, name="mine"), data(dim)
    if model_class is GMM:
        # test_serving.py fits a GMM by steps that XLA compiles, which are Keras's default.
        model.compile(optimizer="adam", jit_compile=False)
    # One batch: Keras compiles each size.
    model.fit(x, epochs=2, batch_size=40, start="weights", verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is model_class and loaded.get_config() == model.get_config()
    assert loaded.get_config()["covariance"] == covariance and loaded.seed == 0
    np.testing.assert_array_equal(loaded.log_prob(x), model.log_prob(x))
    assert [w.path for w in loaded.weights] == [w.path for w in model.weights]
    assert len(loaded.weights) == 3
    loaded.fit(x, epochs=1, batch_size=40, verbose=0)
    assert np.isfinite(loaded.evaluate(x, batch_size=40, verbose=0))


@BOTH
def test_deepcopy_is_independent(model_class):
    model = model_class(2, seed=0)
    twin = copy.deepcopy(model)
    twin.means.assign_add([[1.0], [1.0]])
    assert np.abs(model.means - twin.means).min() > 0.5


def test_gmm_is_log_likelihood_with_gradients_for_all_weights():
    model = at_course(GMM)
    joint = special.log_softmax(COURSE.logits) + stats.norm.logpdf(X, COURSE.means, np.exp(COURSE.lsigmas))
    np.testing.assert_allclose(model(X), special.logsumexp(joint, 1, keepdims=True), rtol=1e-4)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(model(X))
    gradients = tape.gradient(loss, model.trainable_variables)
    assert len(gradients) == 3 and all(np.abs(g).max() > 1e-4 for g in gradients)


def test_gmm_fit_evaluate_predict_as_keras_users_expect():
    model = GMM(5, seed=0)
    # test_inputs.py evaluates and predicts by steps that XLA compiles, and test_serving.py fits.
    model.compile(optimizer=keras.optimizers.Adam(0.05), jit_compile=False)
    # Batches of one size, because Keras traces each.
    before = model.evaluate(X, batch_size=100, verbose=0)
    assert np.isclose(before, -np.mean(model(X)), rtol=1e-5)
    options = {"epochs": 10, "batch_size": 100, "start": "weights", "verbose": 0}
    history = model.fit(X, validation_data=(X[:100],), **options)
    assert model.evaluate(X, batch_size=100, verbose=0) < before - 0.1
    assert set(history.history) == {"loss", "val_loss"}
    # A sum of float32 logarithms of size 1 may come near 0: its own size says nothing of its error.
    np.testing.assert_allclose(model.predict(X, batch_size=100, verbose=0), model(X), rtol=1e-6, atol=1e-6)


def test_gmm_loss_takes_sample_weights_and_a_loss_of_the_user():
    model = GMM(2, seed=0)
    model.compile(optimizer="sgd")
    weight = np.arange(300) % 3
    expected = np.mean(-model(X)[:, 0] * weight)
    zeros = np.zeros(300)
    got = model.evaluate(X, zeros, sample_weight=weight, batch_size=300, verbose=0)
    assert np.isclose(got, expected, rtol=1e-5)
    model.compile(optimizer="sgd", loss="mse")
    expected = np.mean(np.square(model(X)))
    got = model.evaluate(X, np.zeros((300, 1)), batch_size=300, verbose=0)
    assert np.isclose(got, expected, rtol=1e-5)


def test_em_call_is_one_step_and_returns_none():
    model = EMGMM(4, seed=0)
    _, expected = em_oracle(X, *weights(model), steps=3)
    for _ in range(3):
        assert model(X) is None
    for got, want in zip(weights(model), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_em_call_for_inference_changes_nothing():
    model = EMGMM(4, seed=0)
    before = weights(model)
    np.testing.assert_array_equal(model(X, training=False)[:, 0], model.log_prob(X))
    # Batches of one size, because Keras compiles each.
    model.predict(X, batch_size=100, verbose=0)
    assert np.isclose(model.evaluate(X, batch_size=100, verbose=0), -np.mean(model.log_prob(X)), rtol=1e-5)
    for got, want in zip(weights(model), before, strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("batch_size", [7, pytest.param(300, marks=pytest.mark.slow), None])
def test_em_fit_is_exact_at_any_batch_size(batch_size):
    model = EMGMM(4, seed=0, dtype="float64")
    trace, expected = em_oracle(X, *weights(model), steps=4)
    history = model.fit(X, batch_size=batch_size, epochs=4, start="weights", verbose=0)
    for got, want in zip(weights(model), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(history.history["loss"], -np.array(trace), rtol=1e-6)


def test_em_fit_streams_a_dataset_and_shows_callbacks_the_new_weights():
    model = EMGMM(4, seed=0, dtype="float64")
    _, expected = em_oracle(X, *weights(model), steps=2)
    seen = []
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: seen.append(weights(model)))
    rows = (row for _ in range(2) for row in X.astype(float))
    stream = tf.data.Dataset.from_generator(
        lambda: rows, output_signature=tf.TensorSpec([1], tf.float64)
    ).batch(50)
    model.fit(stream, epochs=2, steps_per_epoch=6, callbacks=[look], start="weights", verbose=0)
    for got, want in zip(seen[-1], expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9)


def test_em_fit_counts_sample_weights():
    count = np.arange(300) % 3
    weighted, repeated = (EMGMM(3, seed=0, dtype="float64") for _ in range(2))
    weighted.fit(X, sample_weight=count, epochs=2, batch_size=60, start="weights", verbose=0)
    repeated.fit(np.repeat(X, count, axis=0), epochs=2, start="weights", verbose=0)
    for left, right in zip(weights(weighted), weights(repeated), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)


def test_em_fit_refuses_a_stream_with_nan():
    x = X.copy()
    x[123] = np.nan
    model = EMGMM(3, seed=0)
    before = weights(model)
    with pytest.raises(ValueError, match="Expected finite x, got 1 NaN"):
        model.fit(tf.data.Dataset.from_tensor_slices(x).batch(50), verbose=0)
    np.testing.assert_array_equal(model.means, before[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "k >= 1, got 0"),
        ({"k": 2, "dim": 0}, "dim >= 1, got 0"),
        ({"k": 2, "covariance": "round"}, "one of full, tied, diag, spherical, got 'round'"),
    ],
)
@BOTH
def test_wrong_models_are_explained(model_class, arguments, message):
    with pytest.raises(ValueError, match=message):
        model_class(**arguments)


@BOTH
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X[:, 0], r"Expected x of shape \[N, 1\], got \[300\]; reshape"),
        (X * np.nan, "Expected finite x"),
        (X[:0], "N >= 1"),
    ],
)
@pytest.mark.parametrize("method", ["__call__", "log_prob", "posterior", "aic", "fit"])
def test_wrong_data_are_explained(model_class, method, x, message):
    model = model_class(2, 1)
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(x)


def test_sample_needs_a_draw():
    with pytest.raises(ValueError, match="n >= 1"):
        GMM(2).sample(0)


@pytest.mark.parametrize("model_class", [pytest.param(GMM, marks=pytest.mark.slow), EMGMM])
def test_tensorboard_records_the_loss(model_class, tmp_path):
    model = model_class(2, seed=0)
    if model_class is GMM:
        model.compile(optimizer="adam")
    board = keras.callbacks.TensorBoard(tmp_path)
    model.fit(data(1), epochs=3, batch_size=40, start="weights", verbose=0, callbacks=[board])
    events = [
        value.tag
        for file in tmp_path.glob("train/*")
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    ]
    assert events.count("epoch_loss") == 3


@BOTH
def test_mixed_precision_changes_nothing(model_class):
    x = data(1) * 1000 + 5000  # half precision would lose the spread
    single, mixed = model_class(2, seed=0), model_class(2, seed=0, dtype="mixed_float16")
    for model in (single, mixed):
        model.means.assign([[4500.0], [5500.0]])
        model.lsigmas.assign([[6.0], [6.0]])
        if model_class is EMGMM:
            model(x)
    np.testing.assert_array_equal(mixed.log_prob(x), single.log_prob(x))
    np.testing.assert_array_equal(mixed(x, training=False), single(x, training=False))


@BOTH
def test_half_precision_weights_are_refused(model_class):
    with pytest.raises(ValueError, match="float32 or float64, got float16"):
        model_class(2, dtype="float16")


def test_evaluate_counts_sample_weights():
    model, x = at_course(GMM), data(1)
    model.compile()
    weights = np.arange(40) % 3
    got = model.evaluate(x, sample_weight=weights.astype("float32"), batch_size=40, verbose=0)
    assert np.isclose(got, -np.mean(weights * model.log_prob(x)), rtol=1e-5)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("kind", [pytest.param("full", marks=pytest.mark.slow), "tied"])
def test_streamed_em_of_matrices_equals_that_in_memory(kind):
    x = np.random.default_rng(0).normal(size=(300, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    streamed, whole = (EMGMM(3, 2, kind, seed=0, dtype="float64") for _ in range(2))
    batches = tf.data.Dataset.from_tensor_slices(x).batch(75)
    history = streamed.fit(batches, epochs=5, start="weights", verbose=0).history["loss"]
    result = fit_em(whole, x, 5, tol=0, start="weights")
    np.testing.assert_allclose(history, -result.trace, rtol=1e-6)
    for got, want in zip(weights(streamed), weights(whole), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-8)


def test_a_scale_has_the_name_of_its_kind():
    assert EMGMM(2, 2, "full").log_cholesky.shape == (2, 2, 2)
    with pytest.raises(AttributeError, match="log_cholesky"):
        _ = EMGMM(2, 2, "tied").lsigmas
    with pytest.raises(AttributeError, match="lsigmas"):
        _ = EMGMM(2).log_cholesky


@ONE_OF_BOTH
def test_weights_and_covariances_are_those_of_tfp(model_class, dim, covariance):
    model = model_class(3, dim, covariance, seed=0, dtype="float64")
    reference = model.to_distribution()
    np.testing.assert_allclose(model.mixing_weights, reference.mixture_distribution.probs_parameter())
    covariances = reference.components_distribution
    covariances = covariances.variance()[:, None, None] if dim == 1 else covariances.covariance()
    np.testing.assert_allclose(model.covariances, covariances, rtol=1e-12)


@ONE_OF_BOTH
def test_log_prob_has_the_shape_of_tfp(model_class, dim, covariance):
    model, x = model_class(3, dim, covariance, seed=0, dtype="float64"), data(dim)
    theirs = model.to_distribution().log_prob(x[:, 0] if dim == 1 else x)
    difference = model.log_prob(x) - theirs
    assert difference.shape == (40,) and np.abs(difference).max() < 1e-12
    assert model(x, training=False).shape == (40, 1) if model_class is EMGMM else model(x).shape == (40, 1)


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_in_one_dimension_the_distribution_has_a_cdf(covariance):
    model = EMGMM(3, 1, covariance, seed=0, dtype="float64")
    x = np.linspace(-3, 3, 7)
    sigma = np.sqrt(model.covariances[:, 0, 0])
    expected = stats.norm.cdf((x[:, None] - model.means[:, 0]) / sigma) @ model.mixing_weights.numpy()
    np.testing.assert_allclose(model.to_distribution().cdf(x), expected, rtol=1e-12)


@ONE_OF_BOTH
def test_draws_come_with_their_components(model_class, dim, covariance):
    model = model_class(3, dim, covariance, seed=0, dtype="float64")
    model.means.assign(10.0 * np.arange(3)[:, None] + np.zeros(dim))
    x, z = model.sample(3000, return_components=True)
    assert x.shape == (3000, dim) and z.shape == (3000,)
    np.testing.assert_array_equal(z, model.predict_component(x))
    # At 1e-8, for each model.
    expected = 3000 * model.mixing_weights
    assert stats.chisquare(np.bincount(z, minlength=3), expected).pvalue > 1e-8


@BOTH
def test_a_seed_repeats_the_draws(model_class):
    model = model_class(3, 2, seed=0)
    first = model.sample(5, seed=np.int64(4))
    np.testing.assert_array_equal(model.sample(5, seed=4), first)
    assert np.abs(model.sample(5, seed=5) - first).max() > 0 and np.abs(model.sample(5) - first).max() > 0


@pytest.mark.parametrize("kind", [GMM, EMGMM])
def test_keras_sees_all_digits_of_a_model_in_float64(kind):
    x = 1.7e9 + 10 * np.random.default_rng(0).normal(size=(30, 1))
    model = kind(1, 1, dtype="float64")
    model.compile(run_eagerly=True)
    model.assign(mixture.normal_mixture([0.0], [[1.7e9]], [[np.log(10.0)]]))
    want = stats.norm(1.7e9, 10).logpdf(x)
    before = keras.config.floatx()
    np.testing.assert_allclose(model.predict(x, verbose=0), want, rtol=1e-9)
    np.testing.assert_allclose(model.evaluate(x, verbose=0), -want.mean(), rtol=1e-6)  # a float32 mean
    assert keras.config.floatx() == before


@pytest.mark.usefixtures("uncompiled")
def test_a_validation_split_is_held_out_of_the_start():
    x = np.r_[np.random.default_rng(0).normal(size=(80, 1)), np.full((20, 1), 1000.0)]
    model = EMGMM(2, seed=0)
    model.fit(x, validation_split=0.2, verbose=0)
    assert model._observed.size == 80 and np.abs(model.means).max() < 10


@pytest.mark.usefixtures("uncompiled")
def test_validation_data_are_taken_as_x_is():
    x = np.random.default_rng(0).normal(size=(40, 1))
    model = EMGMM(2, seed=0)
    weights = np.r_[np.ones(10), np.zeros(10)]
    losses = []
    for held_out in ((x[:20].tolist(), None, weights), (x[:20], None)):
        model.assign(mixture.normal_mixture([0.0, 0.0], [[-1.0], [1.0]], [[0.0], [0.0]]))
        history = model.fit(x, start="weights", verbose=0, validation_data=held_out)
        losses += history.history["val_loss"]
    log_p = np.log(0.5 * stats.norm.pdf(x, -1) + 0.5 * stats.norm.pdf(x, 1))[:20, 0]
    np.testing.assert_allclose(losses, [-log_p[:10].mean() * 0.5, -log_p.mean()], rtol=1e-5)


@pytest.mark.usefixtures("uncompiled")
def test_weights_of_keras_count_observations():
    x = np.linspace(-3, 3, 25)[:, None]
    counts = np.round(5e5 * np.exp(-0.5 * x[:, 0] ** 2)) + 1
    model = EMGMM(2, seed=0)
    with warnings.catch_warnings():
        # Nothing is empty: a hundredth of these counts is 12,000 observations.
        warnings.simplefilter("error", DegenerateFitWarning)
        model.assign(mixture.normal_mixture(np.log([0.99, 0.01]), [[0.0], [0.0]], [[0.0], [0.0]]))
        history = model.fit(x, sample_weight=counts, start="weights", batch_size=5, verbose=0)
    assert model._observed.size == pytest.approx(counts.sum())
    assert np.isfinite(history.history["loss"]).all()
    history = model.fit(x, sample_weight=np.arange(25) >= 10.0, start="weights", batch_size=5, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    for wrong, words in ((np.ones(24), "24"), (-np.ones(25), "weight")):
        with pytest.raises(ValueError, match=words):
            model.fit(x, sample_weight=wrong, verbose=0)


def test_a_vector_as_a_tensor_leaves_the_model_as_it_was():
    model = EMGMM(3)
    with pytest.raises(ValueError, match="reshape with x"):
        model(tf.constant(np.arange(9.0)))
    assert not model.built


def test_densities_of_many_rows_are_computed_in_pieces(monkeypatch):
    x = np.random.default_rng(0).normal(size=(50, 2))
    model = GMM(3, 2, seed=0, dtype="float64")
    whole = model.log_prob(x)
    monkeypatch.setattr(models, "MOST_AT_ONCE", 3 * 2 * 7)
    np.testing.assert_allclose(model.log_prob(x), whole, rtol=1e-12)


def test_arguments_of_fit_are_in_the_order_of_keras(capsys):
    x = np.random.default_rng(0).normal(size=(9, 1))
    history = EMGMM(2, seed=0).fit(x, None, 9, 1, 0)  # one batch, one epoch, silent
    assert len(history.history["loss"]) == 1
    assert not capsys.readouterr().out
