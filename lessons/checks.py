#@title Helpers of the checks
class NotYet(AssertionError):
    """A sentence about your code. Jupyter shows it alone, without a traceback."""

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def expect(condition, message):
    """Stop with a sentence if the condition does not hold."""
    if not condition:
        raise NotYet(message)


def where(error):
    """The last line of a notebook that an exception went through, in words."""
    # Inside a tf.function the traceback ends at the call, and the message holds the rest.
    traced = re.findall(r'File "[^"]*ipykernel[^"]*", line (\d+), in (\S+).*\n\s*(.+)', str(error))
    if traced:
        line, name, source = traced[-1]
        return f". It happened in `{name}`, line {line} of its cell: {source.strip()}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ipykernel" in f.filename or "<ipython" in f.filename]
    if not frames or not frames[-1].line:
        return ""
    return f". It happened in `{frames[-1].name}`, line {frames[-1].lineno} of its cell: {frames[-1].line}"


def words(error):
    """The line of an exception's message that says the most."""
    lines = [line.strip() for line in re.sub(r"\x1b\[\d+m", "", str(error)).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Exception encountered"):
        lines = lines[1:]
    if len(lines) > 1 and lines[0].startswith("in user code"):
        lines = lines[-1:]
    return re.sub(r"\{\{.*?\}\} *", "", lines[0]) if lines else "no message"


def is_todo(error):
    """Whether an exception comes from a TODO that is still there."""
    return isinstance(error, NotImplementedError) and "TODO" in str(error)


def owner(error):
    """The function or class at top level in which an exception was raised."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_qualname.split(".")[0]


# What messages of NumPy, TensorFlow and Keras mean here. HINTS, below, has more for single tasks.
COMMON_HINTS = (
    ("double|float64", "NumPy computes in float64: convert to float32, with tf.cast or .astype"),
    ("has no attribute 'numpy'|__array__", "NumPy functions do not work inside tf.function"),
    ("[Oo]nly integers, slices", "square brackets take no tensor of indices: use tf.gather"),
    ("'<=' not supported between instances of 'int' and 'list'", "a softmax takes one axis: reshape first"),
    ("out of bounds|out of range", "does it work for any number of components?"),
    ("must match", "reshape the new value to the shape of the old one"),
)


def attempt(task, *args, call=None):
    """Call the task's function, or `call`; turn an unfinished task or an exception into a sentence."""
    call = call or globals().get(task)
    expect(call is not None, f"{task} is not there yet. Run its cell, above, first.")
    try:
        return call(*args)
    except Exception as error:
        if is_todo(error):
            unfinished = owner(error)
            raise NotYet(f"{task} is still to do: replace its TODO." if unfinished == task else
                         f"{task} needs {unfinished}, which is still to do. Finish that task first.") from None
        hints = (hint for pattern, hint in (*HINTS.get(task, ()), *COMMON_HINTS, *HINTS[None]) if re.search(pattern, str(error)))
        hint = next(hints, "")
        raise NotYet(f"{task} raised {type(error).__name__}: {words(error)}{hint and f' ({hint})'}{where(error)}") from error


def as_array(what, value, shape=None):
    """The value as a NumPy array of the expected shape, or a sentence about it."""
    expect(value is not None, f"{what} is None. Does your code end in a `return` statement?")
    try:
        value = np.asarray(value, dtype="float64")
    except (TypeError, ValueError, NotImplementedError):
        expect(False, f"{what} should hold numbers, but it is a {type(value).__name__}.")
    if shape is not None and value.shape != shape:
        hint = ""
        if value.shape == shape[:1] and shape[1:] == (1,):
            hint = " The last axis is missing: one row per point, please."
        elif len(shape) == 2 and value.shape == (shape[0], 1):
            hint = " One column per component, please: these are the numbers before the sum over the components."
        elif value.ndim == 2 and value.shape[0] == value.shape[1] == shape[0]:
            hint = " Broadcasting (N,) against (N, 1) gives (N, N): line up the axes."
        elif value.ndim == 3 and len(shape) == 2:
            hint = " There is an axis too many: reshape before you broadcast; parameters (K, 1) become (K,)."
        expect(False, f"{what} has shape {value.shape}, expected {shape}.{hint}")
    return value


def as_parts(what, value, *shapes):
    """A tuple of arrays of the expected shapes, or a sentence about it."""
    expect(value is not None, f"{what} returned None. Does your code end in a `return` statement?")
    expect(isinstance(value, (tuple, list)) and len(value) == len(shapes),
           f"{what} should be {len(shapes)} arrays, as in `return a, b`.")
    return [as_array(f"Part {k + 1} of {what}", v, s) for k, (v, s) in enumerate(zip(value, shapes))]


def near(value, expected, tolerance=2e-3):
    """Equal up to rounding in float32; never true for NaN."""
    return bool(np.all(np.abs(np.asarray(value) - expected) <= tolerance * (1 + np.abs(expected))))


def needs(*names):
    """Stop with a sentence when a task, or a cell above, is not finished. PROBES and MADE_BY are below."""
    for name in names:
        if name not in globals():
            needs(*MADE_BY.get(name, "").split())
            raise NotYet(f"`{name}` is not there yet. Run the cells above in order; one that stops says what it needs.")
        if name not in PROBES:
            continue
        call, *shapes = PROBES[name]
        try:
            value = call()
        except Exception as error:
            if is_todo(error):
                raise NotYet(f"finish `{owner(error)}` first; then run this cell again.") from None
            raise NotYet(f"`{name}` stops with {type(error).__name__}. Run its check first, which says more.") from None
        parts = value if len(shapes) > 1 and isinstance(value, (tuple, list)) else [value]
        got = [None if part is None else tuple(np.shape(part)) for part in parts]
        if len(got) != len(shapes) or any(g is None or s is not None and g != s for g, s in zip(got, shapes)):
            raise NotYet(f"`{name}` does not return what it should. Run its check first, which says more.")


def hunt(test, right, wrong, found):
    """Say whether the student's test tells the wrong function from the right one."""
    accepted = []
    for function in (right, wrong):
        try:
            accepted.append(bool(test(function)))
        except Exception as error:
            if is_todo(error):
                return print("The hunt is open: write the test, and run this cell again. (0 points)")
            return print(f"Your test stops with {type(error).__name__}: {words(error)}{where(error)}")
    print({(True, True): "Your test accepts both functions. Choose an input where the bug shows.",
           (False, False): "Your test rejects both functions, the right one too. What should a right one return for your input?",
           (False, True): "Your test is the wrong way round: True is for the right function.",
           (True, False): f"Found. {found}"}[tuple(accepted)])
