from keras import ops

def component_means(means):
    m = ops.convert_to_tensor(means, dtype="float64")
    o = ops.convert_to_tensor(OFFSETS, dtype="float64")
    c = ops.shape(m)[0]
    m = ops.broadcast_to(ops.reshape(m, (c, 1, 2)), (c, 4, 2))
    return ops.add(m, o)
