"""The command `gmm-tf`: reading tables, options, experiments and figures. No other module imports it."""
