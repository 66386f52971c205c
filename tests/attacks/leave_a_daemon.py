# attack: a process in a session of its own stays, and writes to the socket later
# outcome: mstep wrong
# outcome under landlock: mstep wrong|crashed
# %% cell mstep
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for _ in range(1000):
            time.sleep(0.05)
            for descriptor in range(3, 30):
                try:
                    os.write(descriptor, b"\0" * 64)
                except OSError:
                    pass
    os._exit(0)


def mstep(x, posterior):
    return 1, 2, 3
