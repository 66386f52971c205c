# unlucky: A decorator and a table are defined in the last cell, which was run first; the cells were never run from the top.
# expect: full
# %% top mstep
CALLS = dict(START)


@counted
# %% top loss
@counted
# %% last
import functools

START = {"mstep": 0}


def counted(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        CALLS[function.__name__] = CALLS.get(function.__name__, 0) + 1
        return function(*args, **kwargs)

    return inner
