"""A Jupyter server of the test's own, on 127.0.0.1, with a folder and settings of its own."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ADDRESSES = {"jupyterlab": "lab/tree", "notebook": "notebooks"}
START_SECONDS = 300


def free_port():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


def quiet_settings(home):
    """Settings as after a first visit: no question about news, which would cover the page."""
    folder = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    never = {"fetchNews": "false", "checkForUpdates": False}
    (folder / "notification.jupyterlab-settings").write_text(json.dumps(never))


def environment(home):
    return os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        # nbgrader and Jupyter call their own commands by name.
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
    }


@contextlib.contextmanager
def jupyter(application, folder, home):
    """Yield the function from a file's path below folder to its address in the running application.

    Args:
        application: "jupyterlab" or "notebook", as in `python -m`.
        folder: what the server shows; also its working directory, where nbgrader looks for its configuration.
        home: a new, empty folder for settings, runtime files and the log.

    Raises:
        RuntimeError: the server ended, or did not answer in time; with the end of its log.
    """
    port, token = free_port(), secrets.token_hex()
    quiet_settings(home)
    log = home / "server.log"
    words = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
    ]
    with open(log, "wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", application, *words],
            cwd=folder,
            env=environment(home),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/api/status?token={token}", server, log)
        yield lambda path: f"http://127.0.0.1:{port}/{ADDRESSES[application]}/{path}?token={token}"
    finally:
        server.terminate()  # it ends its kernels first
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until_ready(address, server, log):
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"Expected a Jupyter server, got none; the end of its log:\n{log.read_text()[-3000:]}")
