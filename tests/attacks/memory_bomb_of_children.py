# attack: memory of several processes, each below its limit
# outcome: mstep crashed
# seconds: 30
# %% cell mstep
import os
import time


def mstep(x, posterior):
    for _ in range(6):
        if os.fork() == 0:
            held = np.ones(3 << 24)
            time.sleep(100)
    time.sleep(100)
