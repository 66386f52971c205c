# attack: exceptions that cannot be printed, named or sent
# %% cell mstep
class Meta(type):
    @property
    def __name__(cls): raise KeyboardInterrupt


class Hostile(BaseException, metaclass=Meta):
    def __str__(self): raise SystemExit
    __repr__ = __str__


def mstep(x, posterior):
    raise Hostile

# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    raise ValueError("\ud800\0" + "x" * 50_000_000)

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    raise ExceptionGroup("many", [ValueError(str(n)) for n in range(100_000)])

# %% cell make_data
def make_data(N, logits, means, lsigmas):
    try:
        make_data(N, logits, means, lsigmas)
    except RecursionError as error:
        raise RuntimeError from error
