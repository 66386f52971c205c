# unlucky: TensorFlow's debug modes were switched on to hunt for a NaN and stay on.
# expect: full
# %% before mixture_likelihood
tf.debugging.enable_check_numerics()
np.seterr(divide="raise", invalid="raise", over="raise")
np.set_printoptions(precision=2, suppress=True, threshold=5, floatmode="fixed")
tf.debugging.set_log_device_placement(True)
tf.debugging.enable_traceback_filtering()
