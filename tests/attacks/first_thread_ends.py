# attack: memory of processes whose first thread has ended, for which the kernel shows none
# outcome: mstep crashed
# seconds: 60
# %% cell mstep
import ctypes
import os
import threading
import time


def hold():
    time.sleep(0.2)
    held = bytearray(b"x") * (500 << 20)
    time.sleep(100)


def mstep(x, posterior):
    for _ in range(8):
        if os.fork() == 0:
            threading.Thread(target=hold).start()
            ctypes.CDLL(None).pthread_exit(None)
    time.sleep(100)
