"""What `gmm_tf.private` uses of other libraries is still there, and does what it is used for."""

import ast
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import sklearn.mixture

import gmm_tf
from gmm_tf import private

PACKAGE = Path(gmm_tf.__file__).parent
X = np.random.default_rng(0).normal(size=(30, 2))


class Asked(keras.layers.Layer):
    """Remembers whether it was the outermost layer of its last call."""

    def call(self, x):
        self.outermost = private.is_outermost(self)
        return x


def test_keras_knows_the_outermost_layer_of_a_call():
    layer = Asked()
    layer(X)
    assert layer.outermost
    keras.Sequential([layer])(X)
    assert not layer.outermost


def test_the_context_of_fit_validates_parameters():
    class Estimator(sklearn.mixture.GaussianMixture):
        @private.fit_context(prefer_skip_nested_validation=True)
        def fit(self, X, y=None):
            return "fitted"

    assert Estimator(2).fit(X) == "fitted"
    with pytest.raises(ValueError, match="n_components"):
        Estimator(0).fit(X)


def test_weights_are_checked():
    weights = private.check_sample_weight(None, X, dtype=np.float64, ensure_non_negative=True)
    np.testing.assert_array_equal(weights, np.ones(30))
    with pytest.raises(ValueError, match="[Nn]egative"):
        private.check_sample_weight(-np.ones(30), X, dtype=np.float64, ensure_non_negative=True)


def test_mixtures_predict_and_score_by_the_method_that_is_overridden():
    class Constant(sklearn.mixture.GaussianMixture):
        pass

    def first_is_likeliest(self, X, xp=None):
        return np.log(np.tile([0.75, 0.25], (len(X), 1)))

    setattr(Constant, private.WEIGHTED_LOG_PROB, first_is_likeliest)
    model = Constant(2, random_state=0).fit(X)
    np.testing.assert_array_equal(model.predict(X), np.zeros(30))
    np.testing.assert_allclose(model.predict_proba(X), np.tile([0.75, 0.25], (30, 1)))
    np.testing.assert_allclose(model.score_samples(X), np.zeros(30), atol=1e-12)
    assert private.WEIGHTED_LOG_PROB in vars(gmm_tf.sklearn.GaussianMixture)


def test_messages_of_a_verbose_estimator(capsys):
    model = sklearn.mixture.GaussianMixture(2, verbose=2, verbose_interval=1)
    private.run_begins(model, 3)
    private.iteration_ends(model, 1, 0.5)
    private.run_ends(model, -1.25, True)
    said = capsys.readouterr().out
    assert "nitialization 3" in said and "0.50000" in said and "converged" in said and "-1.25000" in said


def test_nothing_else_is_private():
    """Attributes with an underscore belong to the package's own classes, and such imports to `private`."""
    for path in PACKAGE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        own |= {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
        own |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        used = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
        used |= {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
        private_names = {name for name in used if re.match("_[^_]", name)}
        # Named tuples have documented methods of such names.
        foreign = private_names - own - {"_replace", "_asdict", "_fields"}
        assert not foreign or path.name == "private.py", (path, foreign)
