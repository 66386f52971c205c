"""Plots of mixtures and fits: arrays and Axes in, Axes out.

Components are numbered from 0, as in arrays, and keep their colour, line and marker in all plots.
"""

from gmm_tf.plots.animation import animate_em
from gmm_tf.plots.clusters import ellipses
from gmm_tf.plots.curves import (
    component_densities,
    component_means,
    density,
    histogram,
    information_criteria,
    training_curve,
)
from gmm_tf.plots.responsibilities import responsibilities
from gmm_tf.plots.style import STYLES
from gmm_tf.plots.trees import branches, final_means

__all__ = [
    "STYLES",
    "animate_em",
    "branches",
    "component_densities",
    "component_means",
    "density",
    "ellipses",
    "final_means",
    "histogram",
    "information_criteria",
    "responsibilities",
    "training_curve",
]
