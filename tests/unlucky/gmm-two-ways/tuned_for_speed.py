# unlucky: Switches for speed and for debugging, of other people's notebooks, are all set.
# expect: full
# %% after given_imports
tf.config.set_visible_devices([], "GPU")
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.set_soft_device_placement(True)
tf.config.optimizer.set_jit(True)
tf.config.optimizer.set_experimental_options({"layout_optimizer": True, "constant_folding": True})
tf.config.run_functions_eagerly(True)
strategy = tf.distribute.OneDeviceStrategy("/CPU:0")
os.environ["TF_USE_LEGACY_KERAS"] = "1"  # too late: Keras is there already
os.environ["TF_XLA_FLAGS"] = "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "jax"
# %% cell loss
def loss(model, inputs):
    with strategy.scope(), tf.device("/CPU:0"), tf.name_scope("loss"):
        return -tf.reduce_mean(model(inputs, training=True))
