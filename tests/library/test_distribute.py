"""EM on several devices and in several processes finds what `fit_em` finds on all rows."""

import json
import os
import re
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from distributed_fits import DEVICE_FITS, STEPS, WORKER_FITS, all_rows, model_at_start, parameters

from gmm_tf import EMGMM, course_data, fit_em, fit_em_distributed

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
# Name: (worker where it happens, what its message says).
EXPECTED_MESSAGES = {
    "NaN": (1, "got 1 NaN or infinite of 200 values"),
    "NaN in a batch": (1, "got 1 NaN or infinite values"),
    "shape": (1, "Expected x of shape [N, 2], got [100, 1]"),
    "shape of batches": (1, "Expected a dataset of batches [n, 2]"),
    "burning": (1, "disk on fire"),
    "endless": (0, "got an infinite one"),
    "negative tol": (1, "Expected tol >= 0, got -1"),
    "empty": (None, "Expected x of shape [N, 2] with N >= 1 on some worker"),
    "empty batches": (None, "Expected x of shape [N, 2] with N >= 1 on some worker"),
    "steps": (None, "got different max_steps"),
}


def run(commands):
    """Outputs of processes that run together, each given as (command, TF_CONFIG or None)."""
    processes = []
    for command, config in commands:
        environment = {key: value for key, value in os.environ.items() if key != "TF_CONFIG"}
        environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        environment |= {} if config is None else {"TF_CONFIG": json.dumps(config)}
        processes.append(
            subprocess.Popen(
                [sys.executable, *map(str, command)],
                env=environment,
                cwd=ROOT,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )
    try:
        outputs = [process.communicate(timeout=SECONDS)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    for process, output in zip(processes, outputs, strict=True):
        assert process.returncode == 0, output[-3000:]
    return outputs


def free_addresses(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    return addresses


# `make test` compiles these fits; the others are slow.
QUICK = ("diag64", "batches on worker 0 only", "rows on worker 1 only")


def work_of_two(names, tmp_path_factory):
    """What two workers found, of the fits with these names and of all problems."""
    folder, addresses = tmp_path_factory.mktemp("workers"), free_addresses(2)
    script = ROOT / "tests/library/distributed_fits.py"
    run(
        (
            [script, "worker", folder / f"{index}.npz", *names],
            {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}},
        )
        for index in range(2)
    )
    return [np.load(folder / f"{index}.npz") for index in range(2)]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    return work_of_two(QUICK, tmp_path_factory)


@pytest.fixture(scope="module")
def two_workers_at_all(tmp_path_factory):
    return work_of_two(WORKER_FITS, tmp_path_factory)


@pytest.fixture(scope="module")
def two_devices(tmp_path_factory):
    path = tmp_path_factory.mktemp("devices") / "found.npz"
    run([([ROOT / "tests/library/distributed_fits.py", "mirrored", path], None)])
    return np.load(path)


def check(found, name, fit):
    covariance, dtype, tol, first, _ = fit
    model = model_at_start(EMGMM, covariance, dtype)
    result = fit_em(model, all_rows()[:first], max_steps=STEPS, tol=tol)
    close = {"rtol": 1e-6, "atol": 1e-6} if dtype == "float32" else {"rtol": 1e-9, "atol": 1e-9}
    assert found[f"{name}/stopped_by"] == result.stopped_by
    np.testing.assert_allclose(found[f"{name}/trace"], result.trace, **close)
    for key, value in parameters(model).items():
        np.testing.assert_allclose(found[f"{name}/{key}"], value, err_msg=key, **close)


def check_both(workers, name):
    covariance, dtype, tol, _, sizes = WORKER_FITS[name]
    check(workers[0], name, (covariance, dtype, tol, None, sizes))
    for key in ("trace", "stopped_by", "log_pi", "mu", "scale"):
        np.testing.assert_array_equal(workers[0][f"{name}/{key}"], workers[1][f"{name}/{key}"])


@pytest.mark.parametrize("name", QUICK)
def test_two_workers_find_what_one_process_finds(two_workers, name):
    check_both(two_workers, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKER_FITS)
def test_two_workers_find_what_one_process_finds_in_every_fit(two_workers_at_all, name):
    check_both(two_workers_at_all, name)


@pytest.mark.parametrize("name", DEVICE_FITS)
def test_two_devices_find_what_one_finds(two_devices, name):
    check(two_devices, name, DEVICE_FITS[name])


@pytest.mark.parametrize("name", EXPECTED_MESSAGES)
def test_a_problem_on_one_worker_is_raised_on_all(two_workers, name):
    worker, message = EXPECTED_MESSAGES[name]
    for found in two_workers:
        text, stayed = found[f"raised/{name}"]
        assert message in text and stayed == "True"
        assert worker is None or text.startswith(f"Worker {worker}: ")


def test_the_only_worker_of_the_example_agrees_with_fit_em(monkeypatch, capsys):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["here"]}, "task": {"index": 0}}))
    runpy.run_path(str(ROOT / "examples/distributed.py"))["work"](strategy)
    check_the_example(capsys.readouterr().out, 1)


@pytest.mark.slow  # two more processes; the test before runs the same code in this one
def test_the_example_starts_two_workers_that_agree_with_one_process():
    (output,) = run([([ROOT / "examples/distributed.py"], None)])
    check_the_example(output, 2)


def check_the_example(output, workers):
    result = fit_em(EMGMM(5, seed=0), course_data(5000, seed=0), max_steps=200)
    # Lines of two processes can run into each other.
    found = re.findall(rf"worker (\d): {5000 // workers} rows, (\d+) steps, (-[.0-9]+) nats", output)
    assert {worker for worker, *_ in found} == {*map(str, range(workers))}
    for _, steps, last in found:
        assert int(steps) == result.steps
        assert float(last) == pytest.approx(result.trace[-1], abs=1e-6)


def test_other_strategies_are_refused():
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    with pytest.raises(ValueError, match="Expected a tf.distribute.MirroredStrategy or Multi"):
        fit_em_distributed(EMGMM(2), np.zeros([3, 1]), strategy)


def test_one_process_raises_its_own_error():
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with pytest.raises(ValueError, match="^Expected finite x, got 1 NaN"):
        fit_em_distributed(EMGMM(2), np.array([[0.0], [np.nan]]), strategy)
