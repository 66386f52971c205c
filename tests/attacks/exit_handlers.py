# attack: exit handlers forge answers and do not return
# outcome: mstep wrong
# %% cell added
import atexit
import os
import sys
import time

atexit.register(lambda: time.sleep(100))
sys.exitfunc = lambda: time.sleep(100)
sys.excepthook = lambda *args: os._exit(0)
sys.unraisablehook = lambda *args: time.sleep(100)
os._exit = lambda status: time.sleep(100)

# %% cell mstep
def mstep(x, posterior):
    return [0.0] * 3, [0.0] * 3, [0.0] * 3
