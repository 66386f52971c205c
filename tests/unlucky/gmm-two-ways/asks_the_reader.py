# unlucky: Cells ask for input: a number, a password, and a yes that nobody gives.
# expect: full
# %% first
name = input("Your name, please: ").split()[0]
STEPS = int(input("How many steps? "))
import getpass
TOKEN = getpass.getpass("Token of the cluster: ")
TINY = 1e-30
# %% after given_data
while input("Shall we go on (y/n)? ") != "y":
    pass
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + TINY
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)
