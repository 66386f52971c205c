"""How many components: information criteria over a range of models."""

from typing import NamedTuple

import numpy as np

from gmm_tf import inputs
from gmm_tf.fit import fit_em
from gmm_tf.models import EMGMM


class Selection(NamedTuple):
    """Models with different numbers of components, and what the criteria say of them."""

    components: np.ndarray  # [M]
    log_likelihood: np.ndarray  # [M], mean
    aic: np.ndarray  # [M], lower is better
    bic: np.ndarray  # [M], lower is better
    models: tuple  # of EMGMM

    @property
    def best(self):
        """The model with the lowest BIC."""
        return self.models[int(np.argmin(self.bic))]


def select_components(x, components=range(1, 11), covariance="diag", restarts=5, seed=None,
                      variance_floor=1e-4, **options):  # fmt: skip
    """Fit a mixture with each number of components, and compare them by AIC and BIC.

    `plots.information_criteria(ax, chosen.components, chosen.bic, chosen.aic)` draws the result.

    Args:
        x: [N, D].
        components: numbers of components, each >= 1.
        covariance: "full", "tied", "diag" or "spherical".
        restarts: k-means++ starts for each number; the best is kept.
        seed: integer for the same starts each time.
        variance_floor: of the models; without one, components that collapse onto a few observations
            win every comparison.
        **options: for `fit_em`, as `max_steps` and `tol`.

    Returns:
        Selection.

    Raises:
        ValueError: as `EMGMM` and `fit_em`; no number of components.
    """
    components = np.array([inputs.positive_integer("components", k) for k in components])
    if components.size == 0:
        raise ValueError("Expected numbers of components, got none; try range(1, 11).")
    x = np.asarray(inputs.observations(x))
    # Weights in float32 would round what a criterion compares.
    own = {"seed": seed, "variance_floor": variance_floor, "dtype": "float64"}
    models = [EMGMM(k, x.shape[1], covariance, **own) for k in components]
    options = {"start": "k-means++", "restarts": restarts, **options}
    for model in models:
        fit_em(model, x, **options)
    mean = [float(np.mean(model.log_prob(x))) for model in models]
    aic, bic = ([getattr(model, name)(x) for model in models] for name in ("aic", "bic"))
    return Selection(components, np.array(mean), np.array(aic), np.array(bic), tuple(models))
