# attack: every open file is closed, and the process stays
# outcome: mstep crashed
# seconds: 4
# %% cell mstep
import os
import time


def mstep(x, posterior):
    os.closerange(0, 200)
    time.sleep(100)
