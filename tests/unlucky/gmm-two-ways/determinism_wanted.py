# unlucky: The student asks for determinism in every way that there is.
# expect: full
# %% after given_imports
os.environ["PYTHONHASHSEED"] = "0"
os.environ["TF_DETERMINISTIC_OPS"] = "1"
tf.keras.utils.set_random_seed(42)
tf.config.experimental.enable_op_determinism()
# %% cell make_data
def make_data(N, logits, means, lsigmas):
    tf.random.set_seed(2026)
    z = tf.random.categorical(tf.reshape(logits, [1, -1]), N, seed=1)[0]
    noise = tf.random.stateless_normal([N], seed=[1, 2])
    return tf.expand_dims(tf.gather(means, z) + tf.exp(tf.gather(lsigmas, z)) * noise, 1)
