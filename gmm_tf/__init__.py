"""Latent-variable models for teaching: mixtures by gradient and by expectation-maximisation."""

import sys
from pathlib import Path

__version__ = "0.1.0"


def _is_the_command():
    """Whether this process is `gmm-tf` or `python -m gmm_tf`."""
    module = sys.orig_argv[sys.orig_argv.index("-m") + 1 :][:1] if "-m" in sys.orig_argv else []
    return module == ["gmm_tf"] or Path(sys.argv[0]).stem == "gmm-tf"


# The command answers --help without TensorFlow, and imports what it needs. Elsewhere nothing waits:
# Keras can load a saved model only after the module of its class was imported.
if not _is_the_command():
    from gmm_tf.course import make_data, mixture_likelihood, mixture_posterior_logits, mstep
    from gmm_tf.data import COURSE, course_data
    from gmm_tf.fit import FitResult, fit_em, fit_gradient
    from gmm_tf.mixture import Mixture
    from gmm_tf.models import EMGMM, GMM

__all__ = [
    "COURSE",
    "EMGMM",
    "GMM",
    "FitResult",
    "Mixture",
    "course_data",
    "fit_em",
    "fit_gradient",
    "make_data",
    "mixture_likelihood",
    "mixture_posterior_logits",
    "mstep",
]
