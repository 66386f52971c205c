# unlucky: Constants come from every kind of assignment that Python has, and K is Keras's backend for a moment.
# expect: full
# %% before mixture_likelihood
import math
from types import SimpleNamespace

from tensorflow.keras import backend as K

SMALL = K.epsilon() ** 2
K = 5  # the number of components again

HALF: float = 0.5
TWO = ONE = 1
TWO += 1
LOG_2PI, *_others = math.log(TWO * math.pi), "not", "needed"
[[POINTS, COMPONENTS]] = [[0, 1]]
options = SimpleNamespace()
options.keepdims = bool(ONE)
print((SIGN := -1))
match (1e-30, SMALL):
    case float(COUNT_FLOOR), VARIANCE_FLOOR:
        pass
with contextlib.nullcontext([1, -1]) as ROW:
    pass
try:
    WHERE
except NameError as _missing:
    WHERE = {"axis": COMPONENTS}
WHERE |= {"keepdims": options.keepdims}
(flat,) = [lambda p: tf.reshape(p, ROW)]
for AGAIN in (3, 2, 1):
    if AGAIN == ONE:
        break
else:
    AGAIN = None


class Axes:
    points = POINTS
    components = points + AGAIN


Axes.over_points = {"axis": Axes.points}


def settings():
    global TYPE
    TYPE = tf.float32


settings()
del TWO, _others
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, TYPE)
    logits, means, lsigmas = (flat(p) for p in (logits, means, lsigmas))
    log_normal = SIGN * HALF * tf.square((x - means) * tf.exp(SIGN * lsigmas)) - lsigmas - HALF * LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits, axis=Axes.components) + log_normal, **WHERE)
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, TYPE), tf.cast(posterior, TYPE)
    counts = tf.reduce_sum(posterior, **Axes.over_points) + COUNT_FLOOR
    means = tf.reduce_sum(posterior * x, **Axes.over_points) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, **Axes.over_points) / counts
    return tf.math.log(counts), means, HALF * tf.math.log(variances + VARIANCE_FLOOR)
