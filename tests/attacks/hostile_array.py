# attack: objects whose __array__ raises, lies, or is enormous
# %% cell mstep
import numpy as np


class Liar:
    calls = 0
    shape, dtype = (10**9,), "float32"

    def __array__(self, dtype=None, copy=None):
        Liar.calls += 1
        if Liar.calls % 3 == 0:
            raise SystemExit("no")
        return np.broadcast_to(np.float32(1), (10**9 if Liar.calls % 2 else 3,))


def mstep(x, posterior):
    return Liar(), Liar(), Liar()

# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    return Liar()
