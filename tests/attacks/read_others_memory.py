# attack: memory, files and environment of all other processes are opened and written to
# outcome: mstep error
# %% cell mstep
import os

opened = []
for process in os.listdir("/proc"):
    if process.isdigit() and process != os.readlink("/proc/self"):
        for name in ("mem", "environ", "maps", "fd", "cwd", "root", "fd/0", "fd/3", "fd/4", "map_files"):
            path = f"/proc/{process}/{name}"
            try:
                opened += [os.listdir(path) if os.path.isdir(path) else open(path, "r+b").read(1)]
            except OSError:
                pass


def mstep(x, posterior):
    if opened:
        os._exit(0)
    raise ValueError("nothing could be opened")
