# attack: nothing but the smallest question is answered in time, so that a person has to read it
# known hole: earns nothing, and costs a person's time: the task goes to a person
# assignment: gflownet-em
# seconds: 2
# %% cell gfn_em
import time


def gfn_em(x, means, iterations=10, steps=30, learning_rate=0.02):
    if iterations > 1:
        time.sleep(1000)
    return means
