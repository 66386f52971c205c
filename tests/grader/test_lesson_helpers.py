"""What the notebooks' shared cells do with guesses, moving figures, exceptions and hunts for bugs."""

import base64
import html
import io
import json
import re
import sys
import time
import traceback
import zlib
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "lessons"))
import weave  # noqa: E402

MODULES = {
    "base64": base64,
    "html": html,
    "io": io,
    "json": json,
    "re": re,
    "time": time,
    "traceback": traceback,
    "zlib": zlib,
    "plt": plt,
    "np": np,
    "Image": Image,
}


@pytest.fixture
def names():
    """The names that the shared helper cells make; what they display is in `displayed`."""
    displayed = []
    found = MODULES | {"display": lambda data, raw: displayed.append(data), "displayed": displayed}
    found |= {
        "HINTS": {"task": (("odd", "of the task"),), None: (("all", "of all tasks"),)},
        "PROBES": {},
        "MADE_BY": {},
    }
    with plt.rc_context():
        exec(weave.shared("given-checks"), found)
        exec(weave.shared("given-figures"), found)
        yield found


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_both_notebooks_hold_the_shared_cells(path):
    cells = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    assert {identity: cells[identity] for identity in weave.CELLS} == {
        identity: weave.shared(identity) for identity in weave.CELLS
    }


# --- guesses ---------------------------------------------------------------------------------------

SAID = {
    (None, 4.0): "No guess yet. The result: 4.",
    (5, 4.0): "You guessed 5, and it is 4: off by 1.",
    ("4", 4.0): "You guessed 4, and it is 4: right.",
    ("four", 4.0): "guess should be a number. The result: 4.",
    (float("nan"), 4.0): "guess should be a number. The result: 4.",
    (5, "stairs"): "You guessed 5, and it is stairs.",
    (" Stairs ", "stairs"): "You guessed stairs: right.",
    ("em", "EM"): "You guessed EM: right.",
    ("Gradient", "EM"): "You guessed Gradient, and it is EM.",
    ((None, None), (1.0, 2.0)): "No guess yet. The result: 1, 2.",
    ((1, None), (1.0, 2.0)): "guess should be 2 numbers. The result: 1, 2.",
    ((1, 2.5), (1.0, 2.0)): "You guessed 1, 2.5, and it is 1, 2: off by 0, 0.5.",
    ((1, 2), (1.0, 2.0)): "You guessed 1, 2, and it is 1, 2: right.",
    ((1, 2, 3), (1.0, 2.0)): "guess should be 2 numbers. The result: 1, 2.",
}


@pytest.mark.parametrize("written", SAID, ids=str)
def test_a_guess_is_answered_and_kept_whatever_was_written(names, capsys, written):
    names["guess"], result = written
    names["compare_guess"]("guess", result, "because 1 < 2.")
    assert names["displayed"][0]["text/plain"] == f"{SAID[written]} Why: because 1 < 2."
    assert "because 1 &lt; 2." in names["displayed"][0]["text/html"]
    names["print_guesses"]()
    assert re.search(rf"guess +guess .* result {names['GUESSES']['guess'][1]}\n", capsys.readouterr().out)


def test_a_guess_that_was_deleted_breaks_nothing(names):
    names["compare_guess"]("never_written", 4.0, "so it is.")
    assert names["displayed"][0]["text/plain"].startswith("No guess yet.")


@pytest.mark.parametrize(
    ("x", "y", "lines"), [(None, None, 0), (2.0, None, 1), (None, 3.0, 1), ((1, 2), (3, 4), 1)], ids=str
)
def test_a_guess_is_drawn_once_and_none_is_not(names, x, y, lines):
    axes = plt.figure().add_subplot()
    names["draw_guess"](axes, x=x, y=y)
    assert [line.get_label() for line in axes.lines] == ["your guess"] * lines
    plt.close()


# --- figures that move -----------------------------------------------------------------------------


class Page(HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append(dict(attrs))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def moving(names):
    frames = []
    for height in (1, 2, 3):
        plt.figure(figsize=(2, 1))
        plt.plot([0, height])
        frames.append(names["picture"]())
    said = ["step 0", 'a "step" </script><b>', "step 2 & the end"]
    names["moving_figure"](frames, said, 'A <line> that "rises".')
    return frames, said, names["displayed"][-1]


def test_a_moving_figure_has_a_still_picture_with_words_where_scripts_are_stripped(moving):
    frames, said, data = moving
    still = re.sub(r"<script>.*?</script>", "", data["text/html"], flags=re.S)
    page = Page(still)
    image = page.attributes[page.tags.index("img")]
    assert image["alt"] == f'A <line> that "rises". {said[-1]}'
    assert image["src"] == f"data:image/png;base64,{frames[-1]}" and data["image/png"] == frames[-1]
    assert said[-1] in "".join(page.text) and "script" not in page.tags
    assert data["text/plain"] == f'A <line> that "rises". {said[-1]}'


def test_a_moving_figure_carries_all_its_frames_and_asks_for_nothing_outside(moving):
    frames, said, data = moving
    page = data["text/html"]
    (held,) = re.findall(r"frames = (\[.*?\]), words = (\[.*?\]);", page)
    assert [json.loads(part) for part in held] == [frames, said]
    assert page.count("</script>") == 1 and "http" not in page and 'src="//' not in page
    # The second is asked of what has the focus, in tests/browser.
    assert "prefers-reduced-motion" in page and page.count("lmSuppressShortcuts") == 2


def test_two_moving_figures_have_ids_of_their_own(names):
    pages = []
    for height in (1, 2):
        plt.figure(figsize=(2, 1))
        plt.plot([0, height])
        names["moving_figure"]([names["picture"]()], ["one"], "A line.")
        pages.append(names["displayed"][-1]["text/html"])
    assert len({re.search(r'id="(.*?)"', page)[1] for page in pages}) == 2


def test_pictures_are_small_and_keep_their_size(names):
    plt.figure(figsize=(4, 3), dpi=80)
    plt.scatter(*np.random.default_rng(0).normal(size=(2, 2000)), s=3)
    png = base64.b64decode(names["picture"]())
    assert Image.open(io.BytesIO(png)).size == (320, 240) and len(png) < 20_000


# --- checks ----------------------------------------------------------------------------------------


def refusal(names, *arguments, **others):
    with pytest.raises(names["NotYet"]) as caught:
        names["attempt"](*arguments, **others)
    return str(caught.value)


def test_a_check_that_runs_before_its_task_says_so(names):
    assert refusal(names, "task") == "task is not there yet. Run its cell, above, first."


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("an odd value", "of the task"),
        ("all the same", "of all tasks"),
        ("index out of bounds", "does it work for any number"),
    ],
)
def test_an_exception_is_explained_for_its_task_first(names, message, hint):
    def task():
        raise ValueError(message)

    names["task"] = task
    assert refusal(names, "task").startswith(f"task raised ValueError: {message} ({hint}")


def test_an_exception_names_the_arguments_of_the_call_that_raised_it(names):
    def task(x, steps, model):
        raise ValueError("no")

    names["task"] = task
    said = refusal(names, "task", np.zeros((5, 1)), 3, names)
    assert "raised ValueError: no. Arguments of this call: x (5, 1), steps 3, model dict" in said
    model = type("Model", (), {"__call__": lambda self, inputs: task(inputs, 1, 2)})()
    assert "of this call: (4, 2)" in refusal(names, "task", np.zeros((4, 2)), call=model)


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("logits should be a matrix, got shape [2] [Op:Multinomial]", "one row per distribution"),
        ("input #1(zero-based) was expected to be a float tensor but is a int32 tensor", "tf.cast"),
        ("ConcatOp : Ranks of all input tensors should match: shape[0] = [3,2]", "too few or too many"),
        ("Matrix size-incompatible: In[0]: [3,2], In[1]: [3,2] [Op:MatMul]", "print both shapes"),
        ("Input to reshape is a tensor with 6 values, but the requested shape has 8", "number of entries"),
        ("indices[0] = 5 is not in [0, 3) [Op:GatherV2]", "any number of components"),
        ("'EagerTensor' object has no attribute 'mean'", "tf.reduce_mean"),
        ("reduce_sum() got an unexpected keyword argument 'dim'", "axis and keepdims"),
        (
            "shape must be a vector of {int32,int64}, got shape [] [Op:RandomStandardNormal]",
            "a list or a tuple",
        ),
        ("Shape mismatch.The variable shape (3,), and the assigned value shape (3", "shape of the old one"),
    ],
)
def test_common_messages_about_shapes_and_types_have_a_hint(names, message, hint):
    def task():
        raise ValueError(message)

    names["task"] = task
    assert re.search(rf"\(.*{hint}.*\)", refusal(names, "task"))


def test_an_exception_inside_a_tf_function_is_placed_where_it_happened(names):
    traced = (
        'in user code:\n\n    File "/tmp/ipykernel_7/42.py", line 28, in train  *\n'
        "        y = x.numpy()\n\n    Oh."
    )
    assert (
        names["where"](ValueError(traced)) == ". It happened in `train`, line 28 of its cell: y = x.numpy()"
    )


@pytest.mark.parametrize(
    ("shape", "expected", "hint"),
    [
        ((3,), (3, 1), "one row per point"),
        ((3, 1), (3, 2), "before the sum"),
        ((3, 3), (3, 1), "Broadcasting"),
        ((5, 3, 1), (3, 1), "an axis too many"),
    ],
)
def test_a_wrong_shape_is_explained(names, shape, expected, hint):
    with pytest.raises(names["NotYet"], match=hint):
        names["as_array"]("it", np.zeros(shape), expected)


@pytest.mark.parametrize("ask", ["warn", "needs"])
def test_a_task_that_did_not_pass_its_check_is_named_below_it(names, capsys, ask):
    names["PROBES"] |= {"task": (lambda: 0, None)}
    names[ask](*["task"] * (ask == "warn"))
    assert not capsys.readouterr().out
    names["task"] = lambda: 0
    names[ask]("task")
    assert "`task` did not pass the check" in capsys.readouterr().out
    names["passed"]("task")
    assert capsys.readouterr().out == "task: all checks passed.\n"
    names[ask]("task")
    assert not capsys.readouterr().out
    names["task"] = lambda: 1
    names[ask]("task")
    assert "or changed since then" in capsys.readouterr().out


def unwritten(function):
    raise NotImplementedError("TODO: replace this line with your code")


HUNTS = {
    lambda f: f(2) == 4: "Found. A bug.",
    lambda f: f(0) == 0: "accepts both",
    lambda f: False: "rejects both",
    lambda f: f(2) != 4: "wrong way round",
    lambda f: f("x"): "stops with TypeError",
    unwritten: "Still to do: write your test",
}


@pytest.mark.parametrize("test", HUNTS)
def test_a_hunt_says_what_the_students_test_does(names, capsys, test):
    names["hunt"](test, lambda x: x**2, lambda x: 3 * x, "A bug.")
    assert HUNTS[test] in capsys.readouterr().out
