# attack: endless output, warnings and log messages
# outcome: mstep wrong
# seconds: 20
# %% cell added
import logging
import sys
import warnings

warnings.simplefilter("always")
for number in range(100_000):
    print("x" * 200)
    sys.stderr.write("y" * 200)
    if number % 100 == 0:
        warnings.warn(str(number))
        logging.error(number)

# %% cell mstep
import os


def mstep(x, posterior):
    for _ in range(2000):
        os.write(1, b"z" * 65536)
        os.write(2, b"z" * 65536)
    return 1, 2, 3
