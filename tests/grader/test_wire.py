"""The protocol carries data exactly, and refuses everything else."""

import contextlib
import io
import json
import struct

import numpy as np
import pytest
from fuzz import few_or_many, holds_for
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.jail.inside import wire

ARRAYS = st.sampled_from(["<f4", "<f8", "<i4", "<i8", "|b1"]).flatmap(
    lambda name: arrays.arrays(np.dtype(name), arrays.array_shapes(min_dims=0, max_dims=3, min_side=0))
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | ARRAYS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@few_or_many
def test_what_is_packed_is_read(examples):
    @holds_for(examples, VALUES)
    def _(value):
        assert same(value, wire.read(io.BytesIO(wire.pack(value)).read))


@few_or_many
def test_random_bytes_are_read_or_refused(examples):
    @holds_for(examples, st.binary(max_size=200))
    def _(data):
        with contextlib.suppress(wire.WireError):
            wire.read(io.BytesIO(data).read)


def frame(about, payload=b""):
    text = json.dumps(about).encode()
    return struct.pack(">II", len(text), len(payload)) + text + payload


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">II", 2**32 - 1, 0),
        struct.pack(">II", 10, 2**32 - 1) + b" " * 10,
        frame({"$array": ["|O8", [1]]}, b"\0" * 8),
        frame({"$array": ["<f8", [2**40]]}, b"\0" * 8),
        frame({"$array": ["<f8", [2**62, 4]]}, b""),
        frame({"$array": ["<f8", [-1]]}, b""),
        frame({"$array": ["<f8", [True]]}, b"\0" * 8),
        frame({"$array": ["<f8", [1]]}, b"\0" * 9),
        frame({"$array": ["<f8"]}),
        frame({"$array": None}),
        struct.pack(">II", 3, 0) + b"\xff\xfe{",
        struct.pack(">II", 100_000, 0) + b"[" * 100_000,
        b"\0\0",
    ],
)
def test_a_hostile_frame_is_refused(data):
    with pytest.raises(wire.WireError):
        wire.read(io.BytesIO(data).read)


SIZES = st.integers(-2, 2**70) | st.sampled_from([0, 1, 2**26, 2**31, 2**63]) | st.booleans() | st.floats()
SHAPES = st.lists(SIZES, max_size=12) | st.text(max_size=3) | st.none()
DTYPES = st.sampled_from([*wire.DTYPES, "<f2", "|O8", "|S9", "f4", ">f4", ""]) | st.none()
DTYPES |= st.lists(st.none())
MARKED = st.builds(lambda name, shape: {"$array": [name, shape]}, DTYPES, SHAPES)
ABOUT = st.recursive(
    MARKED | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@few_or_many
def test_arrays_of_any_shape_are_read_or_refused(examples):
    @holds_for(examples, ABOUT, st.binary(max_size=40))
    def _(about, payload):
        with contextlib.suppress(wire.WireError):
            assert total(wire.read(io.BytesIO(frame(about, payload)).read)) == len(payload)


def total(value):
    """Bytes of all arrays in a value."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(total, value)) if isinstance(value, list) else 0


@few_or_many
def test_a_frame_cut_or_changed_anywhere_is_read_or_refused(examples):
    @holds_for(examples, VALUES, st.data())
    def _(value, data):
        whole = bytearray(wire.pack(value))
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
        del whole[data.draw(st.integers(place, len(whole))) :]
        with contextlib.suppress(wire.WireError):
            wire.read(io.BytesIO(bytes(whole)).read)


def test_a_reader_may_allow_less_text():
    whole = wire.pack({"text": "x" * 1000})
    assert wire.read(io.BytesIO(whole).read)["text"]
    with pytest.raises(wire.WireError):
        wire.read(io.BytesIO(whole).read, text_limit=500)


def test_any_byte_is_a_truth_value():
    value = wire.read(io.BytesIO(frame({"$array": ["|b1", [3]]}, b"\0\1\xff")).read)
    assert value.dtype == bool and value.astype(float).tolist() == [0, 1, 1]


def test_objects_are_never_packed():
    with pytest.raises(wire.WireError):
        wire.pack(np.array([object()]))


def test_the_end_of_the_stream_is_none():
    assert wire.read(io.BytesIO(b"").read) is None


@pytest.mark.parametrize(
    "array", [np.zeros(11), np.zeros(11, bool), np.zeros((0, 11)), np.zeros((2, 2, 3), "i4")]
)
def test_a_reader_and_a_writer_may_allow_fewer_numbers(array):
    whole = wire.pack({"value": [array[..., :1], array]})
    with pytest.raises(wire.WireError):
        wire.read(io.BytesIO(whole).read, numbers_limit=10)
    with pytest.raises(wire.WireError, match="Expected at most 10 numbers"):
        wire.pack({"value": [array[..., :1], array]}, numbers_limit=10)
    wire.read(io.BytesIO(wire.pack({"value": array}, 12)).read, numbers_limit=12)


def test_a_frame_that_is_too_large_is_refused_before_it_is_taken():
    taken = []

    def take(size):
        taken.append(size)
        return struct.pack(">II", 2, 100 * 8)

    with pytest.raises(wire.WireError, match="Expected at most"):
        wire.read(take, numbers_limit=99)
    assert taken == [8]
