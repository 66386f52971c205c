#@title Helpers of the checks
class NotYet(AssertionError):
    """A message about your code. Jupyter shows only the message, without a traceback."""

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def expect(condition, message):
    """Stop with a message if the condition does not hold."""
    if not condition:
        raise NotYet(message)


def where(error):
    """The last line of notebook code that an exception passed through, as text."""
    # Inside a tf.function the traceback ends at the call, and the rest is in the message.
    traced = re.findall(r'File "[^"]*ipykernel[^"]*", line (\d+), in (\S+).*\n\s*(.+)', str(error))
    if traced:
        line, name, source = traced[-1]
        return f". It happened in `{name}`, line {line} of its cell: {source.strip()}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ipykernel" in f.filename or "<ipython" in f.filename]
    if not frames or not frames[-1].line or frames[-1].name == "attempt":
        return ""
    return f". It happened in `{frames[-1].name}`, line {frames[-1].lineno} of its cell: {frames[-1].line}"


def words(error):
    """The most informative line of an exception's message."""
    lines = [line.strip() for line in re.sub(r"\x1b\[\d+m", "", str(error)).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Exception encountered"):
        lines = lines[1:]
    if len(lines) > 1 and lines[0].startswith("in user code"):
        lines = lines[-1:]
    return re.sub(r"\{\{.*?\}\} *| *\[Op:.*", "", lines[0]).rstrip(". ") if lines else "no message"


def is_todo(error):
    """Whether an exception comes from a TODO that is still there."""
    return isinstance(error, NotImplementedError) and "TODO" in str(error)


def owner(error):
    """The top-level function or class in which an exception was raised."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_qualname.split(".")[0]


# Explanations of error messages from NumPy, TensorFlow and Keras. HINTS, below, adds some for single tasks.
COMMON_HINTS = (
    ("double|float64|same dtype", "NumPy computes in float64: convert to float32, with tf.cast or .astype"),
    ("is a int", "TensorFlow does not mix integers and floats: convert with tf.cast"),
    ("has no attribute 'numpy'|__array__", "NumPy functions do not work inside tf.function"),
    ("Tensor' object has no attribute '(mean|sum|max|min|std|exp|log|square|sqrt|argmax|view|reshape|unsqueeze|squeeze|softmax|float)'",
     "tensors have no such methods: use functions, as in tf.reduce_sum(t, axis=...), tf.reduce_mean or tf.reshape"),
    ("argument '(dim|keepdim)'", "TensorFlow's names are axis and keepdims"),
    ("shape must be a vector", "a shape is one argument, a list or a tuple: [n, 2]"),
    ("[Oo]nly integers, slices|strides", "you cannot index with a tensor in square brackets: use tf.gather"),
    ("'<=' not supported between instances of 'int' and 'list'", "a softmax takes one axis: reshape first"),
    ("out of bounds|out of range|not in \\[0, ", "does it work for any number of components? indices start at 0"),
    ("to a shape", "a shape is a tuple: (k,)"),
    ("should be a matrix", "one row per distribution: a single distribution with K logits is a matrix of shape (1, K)"),
    ("[Rr]ank|ndim|reduction dimension|`dim` must be", "an array has too few or too many axes: print the shapes; [:, None] adds an axis"),
    ("size-incompatible|core dimension|Dimension|Expected dimension|should be equal", "two axes that belong together differ in length: print both shapes"),
    ("requested shape", "a reshape keeps the number of entries: print the shape before it"),
    ("must match|Shape mismatch", "reshape the new value to the shape of the old one"),
)


def arguments(call, values):
    """The arguments of a call in words: arrays by their shape, other values as they are."""
    code = getattr(call, "__code__", None)
    names = code.co_varnames[:code.co_argcount] if code else ()
    shown = [str(np.shape(v)) if np.ndim(v) else repr(v) if isinstance(v, (int, float)) else type(v).__name__ for v in values]
    return ", ".join(f"{name} {value}".strip() for name, value in zip((*names, *[""] * len(shown)), shown))


def gloss(error, task=None):
    """An explanation of an exception's message, in brackets; empty if there is none."""
    hints = (hint for pattern, hint in (*HINTS.get(task, ()), *COMMON_HINTS, *HINTS[None]) if re.search(pattern, str(error)))
    hint = next(hints, "")
    return hint and f" ({hint})"


def attempt(task, *args, call=None):
    """Call the task's function, or `call`; turn an unfinished task or an exception into a message."""
    call = call or globals().get(task)
    expect(call is not None, f"{task} is not there yet. Run its cell, above, first.")
    try:
        return call(*args)
    except Exception as error:
        if is_todo(error):
            unfinished = owner(error)
            raise NotYet(f"{task} is still to do: replace its TODO." if unfinished == task else
                         f"{task} needs {unfinished}, which is still to do. Finish that task first.") from None
        called = args and f". Arguments of this call: {arguments(call, args)}" or ""
        raise NotYet(f"{task} raised {type(error).__name__}: {words(error)}{gloss(error, task)}{called}{where(error)}") from error


def as_array(what, value, shape=None):
    """The value as a NumPy array of the expected shape; otherwise stop with a message."""
    expect(value is not None, f"{what} is None. Does your code end in a `return` statement?")
    try:
        value = np.asarray(value, dtype="float64")
    except (TypeError, ValueError, NotImplementedError):
        expect(False, f"{what} should hold numbers, but it is a {type(value).__name__}.")
    if shape is not None and value.shape != shape:
        hint = ""
        if value.shape == shape[:1] and shape[1:] == (1,):
            hint = " The last axis is missing: return one row per point."
        elif len(shape) == 2 and value.shape == (shape[0], 1):
            hint = " Return one column per component: the values before the sum over the components."
        elif value.ndim == 2 and value.shape[0] == value.shape[1] == shape[0]:
            hint = " Broadcasting (N,) against (N, 1) gives (N, N): align the axes."
        elif value.ndim == 3 and len(shape) == 2:
            hint = " There is an axis too many: reshape the parameters from (K, 1) to (K,) before you broadcast."
        elif value.shape == (*shape, 1) or value.shape == () and shape == (1,):
            hint = " Take the only column, [:, 0]; tf.squeeze would also remove the axis of the points if there is one point."
        elif value.ndim < len(shape):
            hint = " An axis is missing: add one with [:, None] before you broadcast."
        elif sorted(value.shape) == sorted(shape):
            hint = " The axes are in the wrong order."
        expect(False, f"{what} has shape {value.shape}, expected {shape}.{hint}")
    return value


def as_parts(what, value, *shapes):
    """A list of arrays of the expected shapes; otherwise stop with a message."""
    expect(value is not None, f"{what} returned None. Does your code end in a `return` statement?")
    expect(isinstance(value, (tuple, list)) and len(value) == len(shapes),
           f"{what} should be {len(shapes)} arrays, as in `return a, b`.")
    for k, part in enumerate(value):
        expect(part is not None, f"Part {k + 1} of {what} is None: return all {len(shapes)} parts, each time.")
    return [as_array(f"Part {k + 1} of {what}", v, s) for k, (v, s) in enumerate(zip(value, shapes))]


def near(value, expected, tolerance=2e-3):
    """Equal up to rounding in float32; never true for NaN."""
    return bool(np.all(np.abs(np.asarray(value) - expected) <= tolerance * (1 + np.abs(expected))))


PASSED = {}  # task -> its function, as it was when its check passed


def passed(task):
    """Print that all checks of a task have passed, and remember for which version of its function."""
    PASSED[task] = globals()[task]
    print(f"{task}: all checks passed.")


def warn(*names):
    """Print which of these tasks are there but have not passed their check."""
    late = [f"`{name}`" for name in names if name in PROBES and name in globals() and PASSED.get(name) is not globals()[name]]
    if late:
        print(f"Note: what follows may be wrong, because {' and '.join(late)} did not pass the check, or changed since then. Run the check again.")


def needs(*names):
    """Stop with a message if a task or a cell above is not finished. PROBES and MADE_BY are below."""
    for name in names:
        if name not in globals():
            needs(*MADE_BY.get(name, "").split())
            raise NotYet(f"`{name}` is not there yet. Run the cells above in order; if one of them stops, it tells you what it needs.")
        if name not in PROBES:
            continue
        call, *shapes = PROBES[name]
        try:
            value = call()
        except Exception as error:
            if is_todo(error):
                raise NotYet(f"finish `{owner(error)}` first, then run this cell again.") from None
            raise NotYet(f"`{name}` stops with {type(error).__name__}. Run its check first: it tells you more.") from None
        parts = value if len(shapes) > 1 and isinstance(value, (tuple, list)) else [value]
        got = [None if part is None else tuple(np.shape(part)) for part in parts]
        if len(got) != len(shapes) or any(g is None or s is not None and g != s for g, s in zip(got, shapes)):
            raise NotYet(f"`{name}` does not return what it should. Run its check first: it tells you more.")
    warn(*names)


def hunt(test, right, wrong, found):
    """Print whether the student's test can tell the wrong function from the right one."""
    accepted = []
    for function in (right, wrong):
        try:
            accepted.append(bool(test(function)))
        except Exception as error:
            if is_todo(error):
                return print("Still to do: write your test, then run this cell again. (0 points)")
            return print(f"Your test stops with {type(error).__name__}: {words(error)}{gloss(error)}{where(error)}")
    print({(True, True): "Your test accepts both functions. Choose an input for which the bug changes the result.",
           (False, False): "Your test rejects both functions, including the right one. What should the right one return for your input?",
           (False, True): "Your test is the wrong way round: return True for the right function.",
           (True, False): f"Found. {found}"}[tuple(accepted)])
