"""Every use of another library's private API; `tests/library/test_private.py` tests each.

scikit-learn is only imported where it is asked for.
"""

from typing import Any

import numpy as np


def is_outermost(layer: Any) -> bool:
    """Whether the Keras call in progress began at this layer, and not at a model or layer around it."""
    return layer._get_call_context().entry_layer is layer


def fit_context(**options: Any) -> Any:
    """scikit-learn's decorator of `fit`, which validates the parameters of an estimator."""
    from sklearn.base import _fit_context

    return _fit_context(**options)


def check_sample_weight(sample_weight: Any, X: Any, **options: Any) -> np.ndarray:
    """scikit-learn's check of the weights of the rows of X."""
    from sklearn.utils.validation import _check_sample_weight

    return _check_sample_weight(sample_weight, X, **options)


# The method that scikit-learn's mixtures predict and score with.
WEIGHTED_LOG_PROB = "_estimate_weighted_log_prob"


def run_begins(estimator: Any, init: int) -> None:
    """scikit-learn's message, if the estimator is verbose."""
    estimator._print_verbose_msg_init_beg(init)


def iteration_ends(estimator: Any, n_iter: int, change: float) -> None:
    """scikit-learn's message, if the estimator is verbose."""
    estimator._print_verbose_msg_iter_end(n_iter, change)


def run_ends(estimator: Any, bound: float, converged: bool) -> None:
    """scikit-learn's message, if the estimator is verbose."""
    estimator._print_verbose_msg_init_end(bound, converged)
