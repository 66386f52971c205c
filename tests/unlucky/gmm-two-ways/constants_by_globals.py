# unlucky: Constants come into being by globals(), by setattr on the module and by exec, never by an assignment.
# expect: full
# %% before mixture_likelihood
import math

globals().update({"HALF": 0.5, "LOG_2PI": math.log(2 * math.pi)})
setattr(sys.modules[__name__], "COMPONENT_AXIS", 1)
exec("def flat(*parameters):\n    return [tf.reshape(p, [1, -1]) for p in parameters]")
import __main__
__main__.POINT_AXIS = 0
for _name, _value in (("COUNT_FLOOR", 1e-30), ("VARIANCE_FLOOR", 1e-12)):
    globals()[_name] = _value
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    x, (logits, means, lsigmas) = tf.cast(x, tf.float32), flat(logits, means, lsigmas)
    log_normal = -HALF * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - HALF * LOG_2PI
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=COMPONENT_AXIS, keepdims=True)
# %% cell mstep
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=POINT_AXIS) + COUNT_FLOOR
    means = tf.reduce_sum(posterior * x, axis=POINT_AXIS) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=POINT_AXIS) / counts
    return tf.math.log(counts), means, HALF * tf.math.log(variances + VARIANCE_FLOOR)
