# attack: answers with the right token, whose insides are of every wrong kind
# seconds: 3
# %% cell added

import json
import os
import struct
import sys


def pack(frame):
    text = json.dumps(frame).encode()
    return struct.pack(">II", len(text), 0) + text


def write(data):
    for descriptor in range(3, 30):
        try:
            os.write(descriptor, data)
        except OSError:
            pass


def token():
    frame = sys._getframe()
    while frame is not None:
        question = frame.f_locals.get("question")
        if isinstance(question, dict) and "token" in question:
            return question
        frame = frame.f_back
    return {"name": "?", "token": "?"}

import time

ODD = [1, "text", None, [], {}, [[]], [None] * 3, {"$array": ["<f4", [0]]}, {"$array": ["<f8", [0, 0, 7]]},
       {"$array": ["<i8", [0]]}, [{"$array": ["<f4", [0]]}], [{"$array": ["|b1", [0]]}] * 40, float("nan"), 1e308]
KEYS = ["value", "parts", "gradients", "before", "after", "weights", "loss", "losses", "steps", "values", "logits",
        "means", "lsigmas", "trace", "outputs", "trainable", "changed", "start", "model", "kinds", "first", "second"]
turns = iter(range(int.from_bytes(os.urandom(1), "big"), 10**9))


def forge():
    question = token()
    turn = next(turns)
    answer = {key: ODD[(turn + place) % len(ODD)] for place, key in enumerate(KEYS)}
    write(pack({"event": "answer", "question": question["name"], "token": question["token"], "answer": answer}))
    time.sleep(60)

# %% cell make_data
def make_data(N, logits, means, lsigmas): forge()

# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas): forge()

# %% cell loss
def loss(model, inputs): forge()

# %% cell train
def train(model, optimizer, inputs, steps): forge()

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas): forge()

# %% cell mstep
def mstep(x, posterior): forge()

# %% cell gmm_model
class GMM(tf.keras.Model):
    def __init__(self, k): forge()

# %% cell emgmm_model
class EMGMM(tf.keras.Model):
    def __init__(self, k): forge()
