import keras

def exact_m_step(x, q):
    ops = keras.ops
    q = ops.convert_to_tensor(q)
    flat_q = ops.reshape(ops.transpose(q, (1, 0, 2)), (q.shape[1], -1))            # (C, N*P)
    flat_y = ops.reshape(ops.expand_dims(x, 1) - OFFSETS, (-1, 2))                # (N*P, 2)
    return ops.matmul(flat_q, flat_y) / (ops.sum(flat_q, axis=1, keepdims=True) + keras.backend.epsilon() ** 2)
