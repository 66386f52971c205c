# attack: ends the process in every possible way
# outcome: mstep crashed
# %% cell mstep
import ctypes
import os
import sys


def mstep(x, posterior):
    os._exit(0)

# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    ctypes.string_at(0)

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    os.abort()

# %% cell make_data
def make_data(N, logits, means, lsigmas):
    raise SystemExit(0)

# %% cell loss
def loss(model, inputs):
    os.kill(os.getpid(), 9)

# %% cell train
def train(model, optimizer, inputs, steps):
    os.execv("/usr/bin/true", ["true"])
