"""Online EM against batch EM."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from kinds import kinds

from gmm_tf import COURSE, EMGMM, course_data, fit_em, fit_online
from gmm_tf.mixture import normal_mixture

X = course_data(100_000, seed=4)


def mean(model, x):
    return float(np.mean(model.log_prob(x)))


def climbed(model, x):
    """Batch EM from where online EM ended: it can only climb."""
    batch = EMGMM(model.k, seed=0)
    batch.assign(model.mixture)
    fit_em(batch, x, max_steps=500)
    return mean(batch, x)


def test_one_pass_from_nearby_comes_within_five_thousandths_of_batch_em():
    online = EMGMM(5, seed=1)
    online.assign(normal_mixture(COURSE.logits, COURSE.means[:, None] + 0.1, COURSE.lsigmas[:, None]))
    result = fit_online(online, X)
    assert (result.steps, len(result.trace)) == (100, 100)
    # What batch EM gains by its fit to these rows alone is below 0.001.
    part = X[::5]
    assert mean(online, part) > climbed(online, part) - 0.005


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_pass_over_a_million_comes_within_five_thousandths_of_batch_em(seed):
    x = course_data(1_000_000, seed=5)
    online = EMGMM(5, seed=seed)
    fit_online(online, x)
    assert mean(online, x) > climbed(online, x) - 0.005


@pytest.mark.usefixtures("uncompiled")
@kinds("full", "tied", "spherical")
def test_one_batch_of_everything_is_a_step_of_em(kind):
    x = np.random.default_rng(0).normal(size=(500, 2))
    online, batch = (EMGMM(3, 2, kind, seed=0, dtype="float64") for _ in range(2))
    left = fit_online(online, x, batch_size=500, start="weights")
    right = fit_em(batch, x, 1, start="weights")
    np.testing.assert_allclose(left.trace, right.trace, rtol=1e-12)
    # The result takes its M step from the same statistics once more.
    for got, want in zip(online.mixture, batch.mixture, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


@pytest.mark.usefixtures("uncompiled")
def test_a_dataset_in_order_is_read_batch_by_batch():
    batches = tf.data.Dataset.from_tensor_slices(X[:5000]).batch(700)
    result = fit_online(EMGMM(3, seed=0), batches, passes=2, start="random")
    assert result.steps == 16 and np.isfinite(result.trace).all()


@pytest.mark.usefixtures("uncompiled")
def test_runs_are_seeded():
    traces = [fit_online(EMGMM(3, seed=s), X[:5000], start="random").trace for s in (1, 1, 2)]
    np.testing.assert_array_equal(traces[0], traces[1])
    assert not np.array_equal(traces[0], traces[2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"passes": 0}, "passes"),
        ({"decay": 0.3}, "decay"),
        ({"batch_size": 0}, "batch_size"),
        ({"start": "best"}, "got 'best'"),
        ({"x": [[np.nan]]}, "finite x"),
        ({"x": tf.data.Dataset.from_tensor_slices(X[:0]).batch(5)}, "at least one batch"),
    ],
)
def test_wrong_arguments_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_online(EMGMM(2), **{"x": X[:100], **arguments})


@pytest.mark.usefixtures("uncompiled")
def test_batches_are_taken_as_fit_takes_them():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, place):
            return (X[place * 50 : (place + 1) * 50],)

    by_slices = tf.data.Dataset.from_tensor_slices(X[:150]).batch(50)
    models = [EMGMM(2, seed=0) for _ in range(2)]
    for model, batches in zip(models, (Batches(), by_slices.map(lambda x: (x, x))), strict=True):
        fit_online(model, batches, start="random")
    np.testing.assert_allclose(models[0].means, models[1].means, rtol=1e-5)
    with pytest.raises(ValueError, match="without sample weights"):
        fit_online(models[0], by_slices.map(lambda x: (x, x, x[:, 0] ** 2)))
