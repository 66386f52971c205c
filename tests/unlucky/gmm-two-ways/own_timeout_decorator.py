# unlucky: Every answer is wrapped: a timeout by signals, a check of types, a counter of calls, a log of shapes.
# expect: full
# %% before make_data
import functools
import inspect
import signal
import typing

CALLS = {}


def limited(seconds):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            def stop(*_):
                raise TimeoutError(f"{function.__name__} took longer than {seconds} s")
            before = signal.signal(signal.SIGALRM, stop)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                return function(*args, **kwargs)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
        return wrapper
    return decorate


def counted(function):
    names = list(inspect.signature(function).parameters)
    typing.get_type_hints(function)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        CALLS[function.__name__] = CALLS.get(function.__name__, 0) + 1
        print(function.__name__, {name: np.shape(arg) for name, arg in zip(names, args)})
        return function(*args, **kwargs)
    return wrapper
# %% top make_data
@limited(60)
@counted
# %% top mixture_likelihood
@limited(60)
@counted
# %% top mixture_posterior_logits
@counted
@limited(60)
# %% top mstep
@limited(60)
@counted
# %% top train
@counted
# %% top loss
@counted
