"""Semaphores made of pipes do for `multiprocessing` what the system's do."""

import subprocess
import sys

import pytest

from autograder.jail import environments

OURS = f"""
import sys
sys.path.insert(0, {str(environments.INSIDE)!r})
import _multiprocessing, semaphores
_multiprocessing.SemLock = semaphores.SemLock
"""
PROGRAM = """
import math, multiprocessing, queue, threading, time
from concurrent.futures import ProcessPoolExecutor

mp = multiprocessing.get_context("fork")
with mp.Pool(3) as pool:
    print(pool.map(math.sqrt, range(10)))
with ProcessPoolExecutor(2, mp) as executor:
    print(list(executor.map(math.exp, [0.0, 1.0])))
waiting = mp.Queue(2)
writer = mp.Process(target=lambda: [waiting.put(n) for n in range(20)])
writer.start()
print([waiting.get() for _ in range(20)], writer.join())

lock, turn = mp.RLock(), mp.Event()
with lock, lock:
    print(lock)
    other = threading.Thread(target=lambda: print(lock.acquire(timeout=0.1), lock.acquire(False)))
    other.start(), other.join()
try:
    lock.release()
except AssertionError as error:
    print(error)
few = mp.BoundedSemaphore(2)
print(few.acquire(), few.acquire(), few.acquire(timeout=0.05), few.acquire(False), few.get_value(), few)
few.release(), few.release()
try:
    few.release()
except ValueError as error:
    print(error)
setter = mp.Process(target=turn.set)
setter.start()
print(turn.wait(10), turn.is_set(), setter.join())
meeting = mp.Condition()
with meeting:
    print(meeting.wait(0.05))
"""


@pytest.fixture(scope="module")
def told():
    """What the program prints with the system's semaphores, and with ours."""
    return [
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60).stdout
        for text in (PROGRAM, OURS + PROGRAM)
    ]


def test_they_behave_as_the_systems_do(told):
    theirs, ours = told
    assert ours == theirs and ours.count("\n") == 10


def test_values_that_no_pipe_holds_are_as_many_as_one_does():
    most = 2**31 - 1
    program = f"{OURS}\nprint(semaphores.SemLock(1, {most}, {most}, None, True)._get_value())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 32767
