# attack: threads answer while others return, and hold the interpreter at its end
# outcome: mstep wrong
# %% cell mstep
import threading
import time


def busy():
    while True:
        time.sleep(0)


def mstep(x, posterior):
    for _ in range(5):
        threading.Thread(target=busy).start()
    return [0.0] * 3, [0.0] * 3, [0.0] * 3
