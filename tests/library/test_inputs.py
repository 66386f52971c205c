"""Data of any kind: equal results, or an error that names what is wrong."""

import functools

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gmm_tf import (
    EMGMM,
    GMM,
    HierarchicalMixture,
    e_steps,
    exact_em,
    fit_em,
    fit_gradient,
    fit_online,
    inputs,
    mixture_likelihood,
    select_components,
)
from gmm_tf.annealing import inverse_temperatures
from gmm_tf.data import TRUE_MEANS

X = np.random.default_rng(0).normal(size=(12, 2)).round(2)
FORMS = {
    "list": X.tolist(),
    "tuple": tuple(map(tuple, X)),
    "list of arrays": list(X),
    "objects": X.astype(object),
    "frame": pd.DataFrame(X, columns=["a", "b"]),
    "nullable frame": pd.DataFrame(X).convert_dtypes(),
    "frame of objects": pd.DataFrame(X.astype(object)),
    "masked, nothing missing": np.ma.masked_invalid(X),
    "not contiguous": np.repeat(X, 2, axis=0)[::2],
    "big endian": X.astype(">f8"),
    "tensor": tf.constant(X),
    "variable": tf.Variable(X),
}
NA = pd.DataFrame({"a": [1, None], "b": [1, 2]}, dtype="Int64")
WRONG = {
    "strings": (np.array([["a", "b"]]), "real numbers in x, got an array of <U1"),
    "text": ("abc", "real numbers in x"),
    "text among objects": (np.array([[1.0, "2"]], object), r"got '2', a str, at \[0, 1\]"),
    "missing": (NA, r"got '<NA>', a NAType, at \[1, 0\]; drop or repair missing values"),
    "None": (np.array([[1.0, None]]), r"got 'None', a NoneType, at \[0, 1\]"),
    "a set": ({1, 2}, "got '{1, 2}', a set"),
    "a dict": ({"a": [1]}, "got .*, a dict"),
    "a scalar": (3.0, r"of shape \[N, 2\], got \[\]"),
    "a huge integer": ([[10**400, 1]], r"finite x, got 1 NaN or infinite of 2 values, the first at \[0, 0\]"),
    "no data": (None, "got 'None', a NoneType"),
    "complex": (X + 1j, "got an array of complex128.*real and imaginary"),
    "complex tensor": (tf.constant(X + 1j), "got a tensor of complex128"),
    "tensor of text": (tf.constant([["a", "b"]]), "got a tensor of string"),
    "dates": (np.zeros((3, 2), "M8[s]"), "got an array of datetime64"),
    "records": (np.zeros(3, [("a", float), ("b", float)]), "real numbers in x"),
    "sparse": (scipy.sparse.csr_array(X), r"got a sparse csr_array; pass x.toarray\(\)"),
    "sparse tensor": (tf.sparse.from_dense(X), "got a SparseTensor"),
    "ragged": ([[1.0, 2.0], [1.0]], "rows of equal length"),
    "ragged tensor": (tf.ragged.constant([[1.0], [1.0, 2.0]]), "got a RaggedTensor"),
    "NaN": (X * np.nan, r"got 24 NaN or infinite of 24 values, the first at \[0, 0\]"),
    "masked": (np.ma.masked_less(X, 0), "NaN or infinite"),
    "vector": (X[:, 0], r"of shape \[N, 2\], got \[12\]"),
    "other columns": (np.zeros((5, 3)), r"of shape \[N, 2\], got \[5, 3\].*dim = 2"),
    "cube": (X[None], r"of shape \[N, 2\], got \[1, 12, 2\]"),
    "empty": (X[:0], "N >= 1"),
}


BATCHES = tf.data.Dataset.from_tensor_slices(X).batch(4)
OTHER_ARGUMENTS = {
    "variance_floor": (lambda: EMGMM(2, 2, variance_floor="x"), "variance_floor as a number, got 'x', a str"),
    "tol": (lambda: fit_em(EMGMM(2, 2), X, tol="x"), "tol as a number, got 'x'"),
    "learning_rate": (lambda: fit_gradient(GMM(2, 2), X, 5, "x"), "learning_rate as a number, got 'x'"),
    "decay": (lambda: fit_online(EMGMM(2, 2), X, decay=None), "decay as a number, got None"),
    "components": (lambda: select_components(X, 3), r"several numbers of components, got 3; pass \[3\]"),
    "seed": (
        lambda: EMGMM(2, 2, seed=2**70),
        "seed of at most 64 bits, got 11805916207.*; pass a smaller",
    ),
    "sample_weight": (
        lambda: fit_em(EMGMM(2, 2), X, sample_weight=["1"] * 12),
        "real numbers in sample_weight, got an array of <U1",
    ),
    "a dataset": (
        lambda: fit_em(EMGMM(2, 2), BATCHES),
        "got batches, a _?BatchDataset; pass them to model.fit",
    ),
    "a generator": (lambda: EMGMM(2, 2).log_prob(iter(BATCHES)), "got batches, .*fit_online, or all of"),
    "a second pass": (
        lambda: fit_online(EMGMM(2, 2), (x for x in [X]), passes=2),
        "passes = 1 for a generator, got 2; pass a tf.data.Dataset",
    ),
}


@pytest.mark.parametrize("name", OTHER_ARGUMENTS)
def test_other_arguments_that_are_wrong_are_named(name):
    call, message = OTHER_ARGUMENTS[name]
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "fit", [functools.partial(EMGMM.fit, steps_per_epoch=3, verbose=0), fit_online], ids=["fit", "fit_online"]
)
def test_a_generator_of_arrays_is_a_dataset(fit):
    model = EMGMM(2, 2, seed=0, dtype="float64")
    weights = model.get_weights()

    def fitted(x):
        model.set_weights(weights)
        fit(model, x, start="weights")
        return model.means.numpy()

    np.testing.assert_allclose(fitted(x.numpy() for x in BATCHES), fitted(BATCHES), rtol=1e-6)


@pytest.mark.parametrize("name", ["set", "dict", "scalar"])
def test_predict_names_what_is_no_data(name):
    x = {"set": {1, 2}, "dict": {"a": [1]}, "scalar": 3.0}[name]
    with pytest.raises(ValueError, match="Expected (real numbers in x|x of shape)"):
        EMGMM(2, 2, seed=0).predict(x, verbose=0)


@pytest.mark.usefixtures("uncompiled")
def test_criteria_of_rows_with_missing_values_are_those_of_the_selection():
    x = np.where(X > 1.2, np.nan, X)
    assert np.isnan(x).any()
    with pytest.raises(ValueError, match="or pass missing=True"):
        EMGMM(2, 2, seed=0).bic(x)
    options = {"missing": True, "restarts": 1, "start": "random", "max_steps": 5}
    chosen = select_components(x, [1, 2], seed=0, **options)
    for model, aic, bic in zip(chosen.models, chosen.aic, chosen.bic, strict=True):
        np.testing.assert_allclose([model.aic(x, missing=True), model.bic(x, missing=True)], [aic, bic])


@functools.cache
def trained():
    """(model, its weights), shared, since each model compiles its own steps."""
    model = EMGMM(2, 2, seed=0, dtype="float64")
    model.fit(tf.constant(X), epochs=2, verbose=0)
    return model, model.get_weights()


def fitted(x):
    model, weights = trained()
    model.set_weights(weights)
    model.fit(x, epochs=2, verbose=0)
    return model.means.numpy()


def stepped(x):
    model, weights = trained()
    model.set_weights(weights)
    model(x)
    return model.means.numpy()


def means_by(fit, **options):
    """Function of x to the means after a fit; the model is the same, since each takes long to make."""
    model = EMGMM(2, 2, seed=0, dtype="float64")
    variables = (*model.weights, model.seed_generator.state)
    before = [variable.numpy().copy() for variable in variables]

    def run(x):
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        fit(model, x, start="weights", **options)
        return model.means.numpy()

    return run


MODEL = GMM(2, 2, seed=0, dtype="float64")
MODEL.compile()
FUNCTIONS = {
    "call": MODEL,
    "log_prob": MODEL.log_prob,
    "posterior": MODEL.posterior,
    "predict_component": MODEL.predict_component,
    "bic": MODEL.bic,
    "predict": lambda x: MODEL.predict(x, verbose=0),
    "evaluate": lambda x: MODEL.evaluate(x, verbose=0),
    "em step": stepped,
    "fit": fitted,
    "fit_em": means_by(fit_em, max_steps=3),
    "fit_online": means_by(fit_online),
    "exact_em": lambda x: exact_em(x, TRUE_MEANS, iterations=2).means,
    "hierarchical": lambda x: HierarchicalMixture().log_likelihood(x, TRUE_MEANS),
}
each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
# All functions convert x alike. What takes a tenth of a second for each form gets these alone.
SOME_FORMS = {name: FORMS[name] for name in ("list", "nullable frame", "masked, nothing missing", "variable")}
FOR_LONG = ("predict", "evaluate", "fit", "fit_online")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_equal_numbers_give_equal_results(name):
    function = FUNCTIONS[name]
    expected = function(X)
    for form in SOME_FORMS if name in FOR_LONG else FORMS:
        np.testing.assert_array_equal(function(FORMS[form]), expected, err_msg=form)


@each_function
def test_what_is_wrong_is_named(function):
    for x, message in WRONG.values():
        with pytest.raises(ValueError, match=message):
            function(x)


@pytest.mark.usefixtures("uncompiled")
def test_the_choice_of_the_model_takes_what_others_take():
    """It has its dimension from the data."""
    options = {"components": [1], "max_steps": 3, "restarts": 1, "start": "random", "seed": 0}
    expected = select_components(X, **options).bic
    for name, form in SOME_FORMS.items():
        np.testing.assert_array_equal(select_components(form, **options).bic, expected, err_msg=name)
    for name in ("strings", "missing", "complex", "sparse", "NaN", "empty"):
        with pytest.raises(ValueError, match=WRONG[name][1]):
            select_components(WRONG[name][0], [1])
    with pytest.raises(ValueError, match="components as an integer, got '3'"):
        select_components(X, "3")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "bfloat16"])
def test_numbers_of_any_type_keep_their_value(dtype):
    x = np.abs(X).round().astype(tf.as_dtype(dtype).as_numpy_dtype)
    for form in (x, tf.constant(x)):
        got = inputs.observations(form)
        assert got.dtype == ("float32" if dtype in inputs.SINGLE else "float64")
        np.testing.assert_array_equal(got, x.astype(float))


def test_large_integers_are_not_rounded_to_float32():
    x = np.array([[2**40 + 1], [2**40]])
    np.testing.assert_array_equal(np.diff(inputs.observations(x), axis=0), [[-1.0]])


@given(arrays.arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 3)), elements=st.floats(-9, 9)))
def test_a_matrix_goes_through_unchanged(x):
    assert inputs.observations(x) is x
    np.testing.assert_array_equal(inputs.observations(x.tolist(), x.shape[1]), x)


def test_course_functions_take_what_others_take():
    parameters = ([0.0, 1.0], [0.0, 1.0], [0.0, 0.5])
    expected = mixture_likelihood(X[:, :1].astype("float32"), *parameters)
    for form in (X[:, :1].tolist(), pd.DataFrame(X[:, :1].astype("float32"))):
        np.testing.assert_allclose(mixture_likelihood(form, *parameters), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="complex"):
        mixture_likelihood(X[:, :1] + 1j, *parameters)


@pytest.mark.parametrize("steps", [1, 2, 60])
def test_a_number_of_annealed_steps_is_one_thing_everywhere(steps):
    betas = np.append(np.geomspace(0.05, 1, steps)[:-1], 1)
    np.testing.assert_allclose(inverse_temperatures(steps, 60), betas)
    np.testing.assert_array_equal(inverse_temperatures("half", 2 * steps), inverse_temperatures(steps, 60))
    np.testing.assert_array_equal(inverse_temperatures([0.5, 1], 2), [0.5, 1.0])
    assert inverse_temperatures(None, steps).size == 0


@pytest.mark.parametrize("anneal", ["all", 0, 2.5, True, 61, [0.5, 0.9], [1, 0.5], [], [[1.0]], [0.0, 1.0]])
def test_other_annealing_is_refused(anneal):
    with pytest.raises(ValueError, match="anneal"):
        inverse_temperatures(anneal, 60)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fit_em(EMGMM(2, seed=0), np.arange(9.0)[:, None], max_steps=3.0),
        lambda: fit_em(EMGMM(2, seed=0), np.arange(9.0)[:, None], restarts=2.0),
        lambda: fit_online(EMGMM(2, seed=0), np.arange(9.0)[:, None], batch_size=1e3),
        lambda: e_steps.Gibbs(2.5),
        lambda: e_steps.MeanField(sweeps=True),
    ],
)
def test_counts_are_whole_numbers(call):
    with pytest.raises(ValueError, match="as an integer, got .*; pass a whole number"):
        call()
