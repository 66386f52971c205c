# unlucky: tf.function was switched off for debugging, and stayed off.
# expect: full
# %% before trajectory_balance_loss
tf.config.run_functions_eagerly(True)
tf.data.experimental.enable_debug_mode()
