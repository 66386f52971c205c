"""EM on several devices and in several processes finds what `fit_em` finds on all rows."""

import contextlib
import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
from pathlib import Path
from unittest.mock import create_autospec

import numpy as np
import pytest
import tensorflow as tf
from distributed_fits import DEVICE_FITS, STEPS, WORKER_FITS, all_rows, model_at_start, parameters

import gmm_tf
from gmm_tf import EMGMM, FitResult, course_data, fit_em, fit_em_distributed

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240
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


def run(*command):
    """Output of a Python process and of those that it starts."""
    environment = {key: value for key, value in os.environ.items() if key != "TF_CONFIG"}
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        env=environment,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output = process.communicate(timeout=SECONDS)[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, output[-3000:]
    return output


def free_addresses(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    return addresses


# `make test` compiles these fits; the others are slow. Two workers share rows in memory, and batches are
# shared by two workers and by two devices.
QUICK_OF_WORKERS = ("rows on worker 1 only", "batches, diag64")
QUICK_OF_DEVICES = ("batches, diag64",)


def work(tmp_path_factory, workers, devices):
    """What each process found, by its name, of the fits with these names; and workers of all problems."""
    folder = tmp_path_factory.mktemp("work")
    plan = {"folder": str(folder), "addresses": free_addresses(2), "workers": workers, "devices": devices}
    run(ROOT / "tests/library/distributed_fits.py", json.dumps(plan))
    return {name: np.load(folder / f"{name}.npz") for name in ("worker 0", "worker 1", "devices")}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    return work(tmp_path_factory, QUICK_OF_WORKERS, QUICK_OF_DEVICES)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return work(tmp_path_factory, list(WORKER_FITS), list(DEVICE_FITS))


def check(found, name, fit):
    covariance, dtype, tol, first, _ = fit
    model = model_at_start(EMGMM, covariance, dtype)
    result = fit_em(model, all_rows()[:first], max_steps=STEPS, tol=tol)
    close = {"rtol": 1e-6, "atol": 1e-6} if dtype == "float32" else {"rtol": 1e-9, "atol": 1e-9}
    assert found[f"{name}/stopped_by"] == result.stopped_by
    np.testing.assert_allclose(found[f"{name}/trace"], result.trace, **close)
    for key, value in parameters(model).items():
        np.testing.assert_allclose(found[f"{name}/{key}"], value, err_msg=key, **close)


def check_both(found, name):
    covariance, dtype, tol, _, sizes = WORKER_FITS[name]
    first, second = found["worker 0"], found["worker 1"]
    check(first, name, (covariance, dtype, tol, None, sizes))
    for key in ("trace", "stopped_by", "log_pi", "mu", "scale"):
        np.testing.assert_array_equal(first[f"{name}/{key}"], second[f"{name}/{key}"])


@pytest.mark.parametrize("name", QUICK_OF_WORKERS)
def test_two_workers_find_what_one_process_finds(quick, name):
    check_both(quick, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKER_FITS)
def test_two_workers_find_what_one_process_finds_in_every_fit(whole, name):
    check_both(whole, name)


@pytest.mark.parametrize("name", QUICK_OF_DEVICES)
def test_two_devices_find_what_one_finds(quick, name):
    check(quick["devices"], name, DEVICE_FITS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", DEVICE_FITS)
def test_two_devices_find_what_one_finds_in_every_fit(whole, name):
    check(whole["devices"], name, DEVICE_FITS[name])


@pytest.mark.parametrize("name", EXPECTED_MESSAGES)
def test_a_problem_on_one_worker_is_raised_on_all(quick, name):
    worker, message = EXPECTED_MESSAGES[name]
    for found in (quick["worker 0"], quick["worker 1"]):
        text, stayed = found[f"raised/{name}"]
        assert message in text and stayed == "True"
        assert worker is None or text.startswith(f"Worker {worker}: ")


def test_workers_of_the_example_share_the_rows(monkeypatch, capsys):
    fit = create_autospec(fit_em_distributed, return_value=FitResult(np.array([-3.0, -2.5]), 2, "tol"))
    monkeypatch.setattr(gmm_tf, "fit_em_distributed", fit)
    run_worker, shares = runpy.run_path(str(ROOT / "examples/distributed.py"))["work"], []
    for index in range(2):
        config = {"cluster": {"worker": ["here", "there"]}, "task": {"type": "worker", "index": index}}
        monkeypatch.setenv("TF_CONFIG", json.dumps(config))
        run_worker("strategy")
        model, rows, strategy = fit.call_args.args
        assert isinstance(model, EMGMM) and strategy == "strategy"
        assert f"worker {index}: 2500 rows, 2 steps, -2.500000000 nats a row" in capsys.readouterr().out
        shares.append(rows)
    np.testing.assert_array_equal(np.stack(shares, axis=1).reshape(-1, 1), course_data(5000, seed=0))


@pytest.mark.slow  # compiles the fit in two more processes
def test_the_example_starts_two_workers_that_agree_with_one_process():
    output = run(ROOT / "examples/distributed.py")
    result = fit_em(EMGMM(5, seed=0), course_data(5000, seed=0), max_steps=200)
    # Lines of two processes can run into each other.
    found = re.findall(r"worker (\d): 2500 rows, (\d+) steps, (-[.0-9]+) nats", output)
    assert {worker for worker, *_ in found} == {"0", "1"}
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
