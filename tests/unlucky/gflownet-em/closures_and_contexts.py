# unlucky: One function makes three answers as closures that count their calls; context managers time them, one as a decorator.
# expect: full
# %% before data_log_likelihood
SECONDS = {}


@contextlib.contextmanager
def timed(label, *, into=SECONDS):
    began = time.perf_counter()
    try:
        yield into
    finally:
        into[label] = into.get(label, 0.0) + time.perf_counter() - began
# %% top data_log_likelihood
@timed("likelihood", into={})
# %% cell exact_posterior
def make_inference(sigma, offsets):
    """The posterior, the M step, a sweep of mean field, and the number of calls so far."""
    calls = 0

    def counted(function):
        def inner(*arguments, **named):
            nonlocal calls
            calls += 1
            with contextlib.ExitStack() as stack:
                stack.enter_context(timed(function.__name__))
                stack.enter_context(np.errstate(under="ignore"))
                return function(*arguments, **named)
        return inner

    def double(*arrays):
        return [np.asarray(array, dtype="float64") for array in arrays]

    def logits(x, means):
        return np.sum(((x[:, None, None] - means[:, None] - offsets) / sigma) ** 2, axis=-1) / -2

    def softmax(table, axis):
        table = np.exp(table - table.max(axis=axis, keepdims=True))
        return table / table.sum(axis=axis, keepdims=True)

    @counted
    def posterior(x, means):
        return softmax(logits(*double(x, means)), axis=(1, 2))

    @counted
    def m_step(x, q):
        x, q = double(x, q)
        return np.einsum("ncp,npd->cd", q, x[:, None] - offsets) / np.maximum(q.sum((0, 2)), 1e-9)[:, None]

    @counted
    def sweep(x, means, q_j):
        x, means, q_j = double(x, means, q_j)
        table = logits(x, means)
        q_i = softmax(np.einsum("ncp,np->nc", table, q_j), axis=1)
        return q_i, softmax(np.einsum("ncp,nc->np", table, q_i), axis=1)

    return posterior, m_step, sweep, lambda: calls


exact_posterior, *rest, how_often = make_inference(STD, OFFSETS)
# %% cell exact_m_step
exact_m_step = rest[0]
# %% cell mean_field_step
mean_field_step = rest[1]
print(how_often(), "calls", SECONDS)
