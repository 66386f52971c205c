# attack: settings that hold for a whole process are turned, at start and within a question
# assignment: gflownet-em
# %% cell added
import numpy as np
import tensorflow as tf
import gc
import locale
import os
import resource
import sys


def turn():
    for setting in (
        lambda: tf.keras.backend.set_floatx("float16"), lambda: tf.keras.mixed_precision.set_global_policy("float16"),
        lambda: tf.config.run_functions_eagerly(True), lambda: tf.config.set_soft_device_placement(False),
        lambda: tf.config.set_visible_devices([], "CPU"), lambda: tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 8),
        lambda: tf.compat.v1.disable_eager_execution(), lambda: tf.compat.v1.disable_v2_behavior(),
        lambda: tf.experimental.numpy.experimental_enable_numpy_behavior(), tf.keras.backend.clear_session,
        tf.debugging.enable_check_numerics, lambda: tf.debugging.experimental.enable_dump_debug_info("/tmp/dump"),
        lambda: tf.profiler.experimental.start("/tmp/profile"), tf.config.experimental.enable_op_determinism,
        lambda: np.seterr(all="raise"), lambda: np.set_printoptions(threshold=sys.maxsize, precision=0),
        lambda: locale.setlocale(locale.LC_ALL, "C"), lambda: os.chdir("/proc"), lambda: os.umask(0o777),
        lambda: os.nice(19), lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4)), gc.freeze, gc.disable,
        lambda: sys.setrecursionlimit(30), lambda: sys.set_int_max_str_digits(640), os.environ.clear, sys.path.clear,
        lambda: setattr(sys, "stdout", None), lambda: setattr(sys, "stderr", None),
    ):
        try:
            setting()
        except BaseException:
            pass


turn()

# %% cell exact_m_step
def exact_m_step(x, q):
    turn()
    return np.zeros((q.shape[1], 2))

# %% cell trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    turn()
    return tf.zeros([])

# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    turn()
    return q_j, q_j
