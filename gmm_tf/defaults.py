"""Defaults that the models, the fits and the command line share."""

# Least variance of a component in every direction, relative to the squared robust spread of the data
# (`em.spread`): a component that collapses onto one point would otherwise have unbounded likelihood (Bishop
# 2006, section 9.2.1). Sound components are wider than 1e-4 of the spread, so that it never biases them; what
# it does bind is reported as collapsed, and is never chosen while there is a fit without.
VARIANCE_FLOOR = 1e-8
# Gain of an EM step, relative to the mean log-likelihood, that is too little.
TOL = 1e-7
# Of Adam.
LEARNING_RATE = 0.01
