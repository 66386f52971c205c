from functools import partial
def _nll(reduction, model, inputs):
    return -reduction(model(inputs), axis=0)[0]
loss = partial(_nll, tf.reduce_mean)
