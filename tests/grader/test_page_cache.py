"""What leaves the page cache, and where reading counts. What forks see of it is in `test_jail`."""

import importlib
import os
import sys
import time
from types import SimpleNamespace

import pytest

from autograder.jail import environments, page_cache

if sys.platform != "linux":
    pytest.skip("needs Linux", allow_module_level=True)


def blocks_read(path):
    """How much a process reads from the disk that reads this file."""
    pid = os.fork()
    if pid == 0:
        with open(path, "rb") as file:
            file.read()
        os._exit(0)
    return os.wait4(pid, 0)[2].ru_inblock


def test_what_is_forgotten_is_read_from_the_disk_again(tmp_path):
    files = [tmp_path / "a", tmp_path / "folder" / "b"]
    files[1].parent.mkdir()
    for path in files:
        path.write_bytes(os.urandom(1 << 20))
        with open(path, "rb") as file:
            os.fsync(file.fileno())
    (tmp_path / "folder" / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "folder" / "pipe")  # to open it would wait for ever
    assert [blocks_read(path) for path in files] == [0, 0]
    page_cache.forget_apart([str(files[0]), str(tmp_path / "folder"), str(tmp_path / "nowhere")])
    again = [blocks_read(path) for path in files]
    if not any(again):
        pytest.skip("the files are on no disk")
    assert min(again) >= 1 << 11


def test_where_reading_counts_is_known_from_the_file_system(monkeypatch, tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nproc /proc proc rw 0 0\nfuse /home/a\\040b fuse.sshfs rw 0 0\n"
        "none /srv overlay rw 0 0\nfuse /srv/env/data fuse.s3 rw 0 0\n"
    )
    monkeypatch.setattr(page_cache, "MOUNTS", str(mounts))
    assert page_cache.is_counted(["/usr", "/srv/environment"]) and page_cache.is_counted(["/home/a"])
    for path in ("/home/a b", "/home/a b/venv", "/srv/env", "/srv", "/proc/self"):
        assert not page_cache.is_counted(["/usr", path])


def test_a_fork_has_a_burst_of_processor_time_and_then_a_little_more_than_one_core(monkeypatch):
    monkeypatch.syspath_prepend(str(environments.INSIDE))
    forks = importlib.import_module("forks")
    this = SimpleNamespace(
        first=None,
        processes=lambda: {os.getpid()},
        socket_count=lambda processes: 0,
        has_too_many_files=lambda: False,
    )
    meter, used = forks.Meter(this, 1 << 50, 1e6), sum(os.times()[:4])
    for burst, rate, seconds, excess in (
        (used + 9, 0, 0, b""),
        (used - 0.1, 0, 0, b"T"),
        (used - 9, 1, 5, b"T"),
        (used - 9, 1, 30, b""),
    ):
        monkeypatch.setattr(forks, "BURST", burst)
        monkeypatch.setattr(forks, "RATE", rate)
        meter.since = time.monotonic() - seconds
        assert meter.excess() == excess
    monkeypatch.undo()
    assert 2 * 20 < forks.BURST + 20 * forks.RATE  # two cores for 20 s are honest work
    assert forks.BURST + 40 * forks.RATE < 2 * 40  # for a whole fork they are not
