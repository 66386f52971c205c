"""Fits for test_distribute.py, which needs them in processes of their own.

python distributed_fits.py PLAN

PLAN, in JSON, names the folder for the results, the addresses of two workers, their fits, and the fits of two
devices in one process.
"""

import contextlib
import functools
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from gmm_tf import EMGMM, GMM, distribute, fit_em_distributed

STEPS = 30
# Many batches for few rows.
distribute.WORKING_SET = 1
# Name: (covariance, dtype, tol, rows of worker 0, rows in a batch on worker 0 and 1, or None for arrays).
WORKER_FITS = {
    "diag32": ("diag", "float32", 0, 700, None),
    "diag64": ("diag", "float64", 1e-7, 700, None),
    "full32": ("full", "float32", 0, 700, None),
    "full64": ("full", "float64", 0, 700, None),
    # Batches of one size on each worker, which is compiled once: 256 rows thrice, and 233.
    "batches, diag64": ("diag", "float64", 1e-7, 768, (100, 7)),
    "batches on worker 0 only": ("diag", "float32", 0, 1001, (1000, 7)),
    "batches, full32": ("full", "float32", 0, 700, (100, 7)),
    "rows on worker 1 only": ("spherical", "float32", 0, 0, None),
}
DEVICE_FITS = {
    "diag32": ("diag", "float32", 0, 1001, None),
    "three rows on two devices": ("diag", "float64", 0, 3, None),
    # Of the last batch of 255, the devices take 128 and 127, which makes two sizes to compile for.
    "batches, full64": ("full", "float64", 0, 511, (101, None)),
    "batches, diag64": ("diag", "float64", 0, 511, (101, None)),
}


def all_rows():
    rng = np.random.default_rng(0)
    centres = np.array([[100.0, 50.0], [105.0, 53.0], [94.0, 52.0]])
    return centres[rng.choice(3, 1001, p=[0.5, 0.3, 0.2])] + rng.normal(size=(1001, 2))


def model_at_start(kind, covariance, dtype, worker=0):
    model = kind(3, 2, covariance, seed=worker, dtype=dtype)
    if worker == 0:
        model.means.assign([[101.0, 49.0], [104.0, 51.0], [97.0, 51.0]])
    return model


def batched(x, size):
    return tf.data.Dataset.from_tensor_slices(x).batch(size)


def parameters(model):
    return {name: value.numpy() for name, value in model.mixture._asdict().items()}


def fit_all(fits, strategy, worker, rows_of):
    """Trace and parameters of all `fits`; `rows_of` chooses the rows of this process."""
    found = {}
    for index, (name, (covariance, dtype, tol, first, sizes)) in enumerate(fits.items()):
        kind = (EMGMM, GMM)[index % 2]
        with strategy.scope() if index % 3 == 0 else contextlib.nullcontext():
            model = model_at_start(kind, covariance, dtype, worker)
        x = rows_of(first)
        if sizes is not None:
            x = batched(x, sizes[worker])
        result = fit_em_distributed(model, x, strategy, max_steps=STEPS, tol=tol)
        found |= {f"{name}/{key}": value for key, value in parameters(model).items()}
        found |= {f"{name}/trace": result.trace, f"{name}/stopped_by": result.stopped_by}
    return found


def raised(strategy, worker):
    """[message, whether the weights stayed] of each fit that must fail on every worker."""

    def message(x, **kwargs):
        model = EMGMM(3, 2, dtype="float64")
        before = model.get_weights()
        try:
            fit_em_distributed(model, x, strategy, **kwargs)
        except ValueError as error:
            stayed = all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))
            return [str(error), str(stayed)]
        return ["nothing raised", ""]

    def generate():
        yield good[:50]
        if worker == 1:
            raise OSError("disk on fire")

    good = all_rows()[:100]
    bad = np.where(np.arange(200).reshape(100, 2) == 77, np.nan, good) if worker == 1 else good
    wrong = good[:, :1] if worker == 1 else good
    burning = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([None, 2]))
    return {
        "NaN": message(bad),
        "NaN in a batch": message(batched(bad, 10)),
        "shape": message(wrong),
        "shape of batches": message(batched(wrong, 10)),
        "burning": message(burning),
        "empty": message(good[:0]),
        "empty batches": message(batched(good[:0], 10)),
        "endless": message(batched(good, 10).repeat()),
        "steps": message(good, max_steps=5 + worker),
        "negative tol": message(good, tol=-worker),
    }


def work_of_devices(folder, names):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    fits = {name: DEVICE_FITS[name] for name in names}
    np.savez(f"{folder}/devices.npz", **fit_all(fits, strategy, 0, lambda first: all_rows()[:first]))


def work_of_worker(worker, folder, addresses, names):
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": worker}}
    os.environ["TF_CONFIG"] = json.dumps(config)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    rows_of = (lambda first: all_rows()[:first]) if worker == 0 else lambda first: all_rows()[first:]
    found = fit_all({name: WORKER_FITS[name] for name in names}, strategy, worker, rows_of)
    found |= {f"raised/{name}": text for name, text in raised(strategy, worker).items()}
    np.savez(f"{folder}/worker {worker}.npz", **found)


def main(folder, addresses, workers, devices):
    parts = [functools.partial(work_of_worker, index, folder, addresses, workers) for index in range(2)]
    parts.append(functools.partial(work_of_devices, folder, devices))
    children = []
    for part in parts:
        # TensorFlow is imported once for all, and has started nothing yet.
        child = os.fork()
        if child == 0:
            part()
            sys.exit()
        children.append(child)
    sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
