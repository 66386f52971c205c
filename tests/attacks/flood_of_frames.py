# attack: writes endless events and arrays to the socket
# seconds: 5
# %% cell mixture_likelihood
import json
import os
import struct

text = json.dumps({"event": "started", "at": [0, 0], "in": "c"}).encode()
block = (struct.pack(">II", len(text), 0) + text) * 500
while True:
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, block)
        except OSError:
            pass


def mixture_likelihood(x, logits, means, lsigmas):
    return tf.zeros((len(x), 1))
