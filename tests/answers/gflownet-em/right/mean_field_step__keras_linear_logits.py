import keras.ops as K

def mean_field_step(x, means, q_j):
    # log p(x, i, j) = [x.m_i - |m_i|^2/2 - m_i.o_j + x.o_j - |o_j|^2/2] / s^2 + const
    s2 = STD ** 2
    cross = K.matmul(means, K.transpose(OFFSETS))                      # (C, P)
    q_i = K.softmax((K.matmul(x, K.transpose(means)) - K.sum(means ** 2, -1) / 2 - K.matmul(q_j, K.transpose(cross))) / s2, axis=-1)
    # all |o_j| are 1
    q_j = K.softmax((K.matmul(x, K.transpose(OFFSETS)) - K.matmul(q_i, cross)) / s2, axis=-1)
    return q_i, q_j
