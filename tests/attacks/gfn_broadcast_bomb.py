# attack: arrays of many numbers that take no memory until they are copied
# assignment: gflownet-em
# seconds: 5
# %% cell component_means
def component_means(means):
    return np.broadcast_to(np.float64(0), (1 << 16, 1 << 17))

# %% cell exact_m_step
class Array:
    shape = (3, 2)

    def __array__(self, *about, **more):
        return np.broadcast_to(np.float32(0), (1 << 34,))


def exact_m_step(x, q):
    return Array()

# %% cell trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 40,), (0,))
