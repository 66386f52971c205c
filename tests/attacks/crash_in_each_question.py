# attack: ends the process slowly in each question, to delay the rest of the class
# outcome: mstep crashed
# %% cell mstep
import os
import time


def mstep(x, posterior):
    time.sleep(1)
    os._exit(0)


# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    time.sleep(1)
    os._exit(0)
