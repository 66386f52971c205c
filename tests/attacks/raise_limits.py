# attack: limits are raised, and then broken
# outcome: mstep error
# %% cell mstep
import resource

for kind in range(16):
    for limits in ((-1, -1), (2**40, 2**40)):
        try:
            resource.setrlimit(kind, limits)
        except (OSError, ValueError):
            pass


def mstep(x, posterior):
    return np.ones(6 << 30 >> 3), 1, 2
