# attack: starts many busy processes in each question, to take the processor from other submissions
# outcome: mstep timeout
# seconds: 6
# %% cell mstep
import os


def mstep(x, posterior):
    for _ in range(15):
        if os.fork() == 0:
            break
    while True:
        pass
