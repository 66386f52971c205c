# attack: an answer is written with the right token, and again for the next question
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


# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    question = token()
    frame = {"event": "answer", "question": question["name"], "token": question["token"], "answer": {"value": 1}}
    write(pack(frame) * 3)
    return tf.zeros((len(x), 1))

# %% cell mstep
def mstep(x, posterior):
    return mixture_likelihood(x, 0, 0, 0)
