"""scikit-learn's own tests of `GaussianMixture`, as they are installed, run on ours."""

import numpy as np
import pytest
from sklearn.mixture.tests import test_gaussian_mixture as theirs
from sklearn.utils.estimator_checks import check_estimator

from gmm_tf.sklearn import GaussianMixture

# What does not pass, and why.
EXCEPT = {
    "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters": "counts the calls of a private "
    "function of scikit-learn's M step, which ours does not call",
    "test_gaussian_mixture_array_api_compliance": "arrays of other libraries; ours are NumPy's",
    "test_gaussian_mixture_raises_where_array_api_not_implemented": "arrays of other libraries",
}
# The rest is slow; test_sklearn.py compares attributes, scores and samples.
FAST = """check_weights check_means check_precisions max_iter_zero fit_convergence_warning
          convergence_detected_with_warm_start setting_best_params""".split()


def collected():
    """Their tests, ours in place of theirs."""
    theirs.GaussianMixture = GaussianMixture
    for name, function in vars(theirs).items():
        if name.startswith("test_") and name not in EXCEPT:
            is_fast = name.removeprefix("test_").removeprefix("gaussian_mixture_") in FAST
            yield name, function if is_fast else pytest.mark.slow(function)


globals().update(collected())


@pytest.fixture(params=[np.float32, np.float64])
def global_dtype(request):
    """As in scikit-learn's conftest."""
    return request.param


@pytest.fixture
def global_random_seed():
    """As in scikit-learn's conftest."""
    return 42


# Those of an estimator's interface are quick. What scikit-learn calls legacy checks fit dozens of times.
@pytest.mark.parametrize(("legacy", "least"), [(False, 10), pytest.param(True, 40, marks=pytest.mark.slow)])
def test_our_estimator_passes_the_checks_of_scikit_learn(legacy, least):
    results = check_estimator(GaussianMixture(), legacy=legacy, on_skip=None)
    statuses = [each["status"] for each in results]
    assert statuses.count("passed") > least and {*statuses} <= {"passed", "skipped"}
