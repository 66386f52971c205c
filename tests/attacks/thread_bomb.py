# attack: starts threads without end, which never end
# outcome: mstep error
# seconds: 4
# %% cell mstep
import threading
import time


def mstep(x, posterior):
    while True:
        threading.Thread(target=time.sleep, args=(100,)).start()
