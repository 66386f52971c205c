# style: columns of the posterior normalised over the data first, keras.ops, helper cell
import keras
def wmean(values, w):
    return keras.ops.sum(values * w, axis=0)
# %% cell
def mstep(x, posterior):
    x = keras.ops.cast(x, "float32")
    posterior = keras.ops.cast(posterior, "float32")
    w = posterior / keras.ops.sum(posterior, axis=0, keepdims=True)
    mu = wmean(x, w)
    v = wmean(keras.ops.square(x - mu), w)
    return keras.ops.log(keras.ops.mean(posterior, axis=0)), mu, keras.ops.log(v) / 2
