# attack: keeps synchronising all file systems and dropping library files from the cache
# seconds: 5
# %% cell mstep
import glob
import os
import threading


def mstep(x, posterior):
    folder = os.path.dirname(os.path.dirname(np.__file__))

    def forget():
        for path in glob.glob(f"{folder}/**/*.py", recursive=True):
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)

    def sync():
        while True:
            os.sync()

    for work in (sync, sync, sync, forget):
        threading.Thread(target=work, daemon=True).start()
    forget()
    return 0, 0, 0
