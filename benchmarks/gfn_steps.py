"""Seconds of trajectory-balance steps, ours and a peer's in turn, in a process with its own threads.

Usage: gfn_steps.py THREADS STEPS REPEATS [SCRIPT]; prints JSON.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import importlib.util
import json
import sys
import time

import machine
import plain_gfn_em
import torch
from timing import in_turn

from gmm_tf import GFlowNetPosterior
from gmm_tf.cli.experiment import Settings, data_and_start
from gmm_tf.data import TRUE_MEANS


def load_peer(path):
    """The notebook's script at a path, or the plain PyTorch version for None."""
    if path is None:
        return plain_gfn_em
    specification = importlib.util.spec_from_file_location("peer", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Steps:
    """Seconds of so many steps of a policy that learns on."""

    def __init__(self, run):
        began = time.perf_counter()
        run()
        self.seconds = time.perf_counter() - began


def peer_training(peer, x, means):
    """(function (steps) that trains, the model) of the peer, from its own initial weights."""
    peer.set_data(x)
    model = peer.TBModel(32)
    optimizer = torch.optim.Adam(model.parameters(), 3e-4)
    means = torch.tensor(means, dtype=torch.float32)
    return lambda steps: peer.GFN_E_step(means, model, optimizer, iterations_per_e_step=steps), model


def main(threads, steps, repeats, script=None):
    threads, steps, repeats = int(threads), int(steps), int(repeats)
    machine.use_threads(threads)
    x, _ = data_and_start(Settings(), 0)
    model = GFlowNetPosterior(seed=0, look_ahead=False)
    train, _ = peer_training(load_peer(script), x, TRUE_MEANS)
    fits = {
        "gmm_tf": lambda: Steps(lambda: model.train(x, TRUE_MEANS, steps)),
        "peer": lambda: Steps(lambda: train(steps)),
    }
    seconds, first, _ = in_turn(fits, repeats)
    print(json.dumps({"threads": threads, "steps": steps, "seconds": seconds, "first_call": first}))


if __name__ == "__main__":
    main(*sys.argv[1:])
