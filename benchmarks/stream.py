"""One epoch of EM over a stream, in a process of its own: python benchmarks/stream.py N.

Prints its peak memory in MB and its seconds as JSON. Each batch is drawn when it is needed.
"""

import json
import resource
import sys
import time
from pathlib import Path

import tensorflow as tf

import gmm_tf
from gmm_tf import mixture

BATCH = 100_000


def main(n):
    logits, means, lsigmas = gmm_tf.COURSE
    theta = mixture.normal_mixture(logits, means[:, None], lsigmas[:, None])
    batches = tf.data.Dataset.range(n // BATCH).map(lambda i: mixture.sample(BATCH, theta, [i, 0])[0])
    model = gmm_tf.EMGMM(5, seed=0)
    begin = time.perf_counter()
    model.fit(batches.prefetch(2), shuffle=False, verbose=0)
    took = time.perf_counter() - begin
    print(json.dumps({"n": n, "peak_mb": peak_mb(), "seconds": took}))


def peak_mb():
    """Largest resident memory of this process so far, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux, getrusage also counts the process that started this one, before exec.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    # macOS counts bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main(int(float(sys.argv[1])))
