"""EM by several workers, each with its own rows: python examples/distributed.py

Without TF_CONFIG it starts two workers on this machine. On a cluster, set TF_CONFIG on each machine
and run the same command there: docs/distributed.md.
"""

import json
import os
import socket
import subprocess
import sys

WORKERS = 2


def work(strategy):
    """What each worker runs."""
    from gmm_tf import EMGMM, course_data, fit_em_distributed

    config = json.loads(os.environ["TF_CONFIG"])
    index, count = config["task"]["index"], len(config["cluster"]["worker"])
    rows = course_data(5000, seed=0)[index::count]  # yours: read the files of this worker
    model = EMGMM(5, seed=0)
    result = fit_em_distributed(model, rows, strategy, max_steps=200)
    print(f"worker {index}: {len(rows)} rows, {result.steps} steps, {result.trace[-1]:.9f} nats a row")


def start_here():
    """Start all workers on this machine; the exit status of the first that failed, or 0."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(WORKERS)]
    addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    workers = []
    for index in range(WORKERS):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(config)}
        workers.append(subprocess.Popen([sys.executable, __file__], env=environment))
    try:
        return max(abs(worker.wait()) for worker in workers)
    finally:
        for worker in workers:
            worker.kill()


if __name__ == "__main__":
    if "TF_CONFIG" in os.environ:
        import tensorflow as tf

        # Made before anything else that TensorFlow computes.
        work(tf.distribute.MultiWorkerMirroredStrategy())
    else:
        sys.exit(start_here())
