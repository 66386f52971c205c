"""Defaults that the models, the fits and the command line share."""

# Least variance of a component in every direction, relative to the squared robust spread of the data
# (`em.spread`): a component that collapses onto one point would otherwise have unbounded likelihood (Bishop
# 2006, section 9.2.1). It does not bias components wider than 1e-4 of the spread. A component at the floor is
# reported as collapsed, and a fit that has one is chosen only if all fits do.
VARIANCE_FLOOR = 1e-8
# A step that gains less than this, relative to the mean log-likelihood, counts as stalled.
TOL = 1e-7
# Of Adam.
LEARNING_RATE = 0.01
