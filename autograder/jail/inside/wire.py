"""The data-only protocol between the grader and the jail.

A frame is JSON with arrays beside it: two big-endian lengths, the JSON text, the arrays' bytes in the
order in which the JSON mentions them. Nothing is pickled and nothing is evaluated; every size, shape
and dtype is checked before memory is allocated, since the other side may be hostile.
"""

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

DTYPES = {"<f4", "<f8", "<i4", "<i8", "|b1"}
JSON_LIMIT = 4 << 20
ARRAY_LIMIT = 64 << 20
LARGEST_NUMBER = 8
RANK_LIMIT = 8
FORK = struct.Struct(">dQ")  # what a fork may use: seconds, and bytes of memory of all its processes
# Exit status of a worker that cannot become nobody, or cannot read the Python environment as nobody.
NO_NOBODY = 77
_LENGTHS = struct.Struct(">II")


class WireError(ValueError):
    """A frame that does not follow the protocol: the sender's fault."""


class EndedEarly(WireError):
    """Nothing more comes, where something should."""


def pack(value: object, numbers_limit: int = ARRAY_LIMIT) -> bytes:
    """Bytes of one frame; `value` is made of dict, list, tuple, str, numbers, None and arrays.

    Args:
        numbers_limit: the most numbers of all arrays together.
    Raises:
        WireError: it is too large, or has an array of something else.
    """
    blobs, left = [], numbers_limit

    def plain(item):
        nonlocal left
        if isinstance(item, np.ndarray | np.generic):
            array = np.asarray(item, order="C")
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
            if array.dtype.str not in DTYPES:
                raise WireError(f"Expected an array of {sorted(DTYPES)}, got {array.dtype}.")
            left -= _room(array.shape)
            if left < 0:
                raise WireError(f"Expected at most {numbers_limit} numbers, got more.")
            blobs.append(array.tobytes())
            return {"$array": [array.dtype.str, list(array.shape)]}
        if isinstance(item, dict):
            return {str(key): plain(entry) for key, entry in item.items()}
        if isinstance(item, list | tuple):
            return [plain(entry) for entry in item]
        return item

    text = json.dumps(plain(value)).encode()
    payload = b"".join(blobs)
    _check_lengths(len(text), len(payload))
    return _LENGTHS.pack(len(text), len(payload)) + text + payload


def read(take: Callable[[int], bytes], text_limit: int = JSON_LIMIT, numbers_limit: int = ARRAY_LIMIT) -> Any:
    """The next frame from `take(n) -> n bytes` (or b"" at the end); None when nothing more comes.

    Args:
        text_limit: the most bytes of JSON; what JSON becomes in memory is many times larger.
        numbers_limit: the most numbers of all arrays together; in memory each may take 8 bytes.
    Raises:
        WireError: the frame is too large, cut short (`EndedEarly`), or malformed.
    """
    head = take(_LENGTHS.size)
    if not head:
        return None
    text_length, payload_length = _LENGTHS.unpack(_exactly(head, _LENGTHS.size))
    _check_lengths(text_length, payload_length, text_limit, numbers_limit)
    text = _exactly(take(text_length) if text_length else b"", text_length)
    payload = memoryview(_exactly(take(payload_length) if payload_length else b"", payload_length))
    try:
        value, used = _restore(json.loads(text), payload, numbers_limit)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WireError(f"Malformed frame: {type(error).__name__}.") from error
    if used != payload_length:
        raise WireError("Frame carries bytes that no array claims.")
    return value


def _check_lengths(text, payload, text_limit=JSON_LIMIT, numbers_limit=ARRAY_LIMIT):
    payload_limit = min(ARRAY_LIMIT, LARGEST_NUMBER * numbers_limit)
    if text > text_limit or payload > payload_limit:
        raise WireError(f"Expected at most {text_limit} + {payload_limit} bytes, got {text} + {payload}.")


def _room(shape):
    """How many numbers an array of this shape counts for; an empty one may become large when it is summed."""
    return math.prod(max(size, 1) for size in shape)


def _exactly(data, length):
    if len(data) != length:
        raise EndedEarly(f"Frame ended after {len(data)} of {length} bytes.")
    return data


def _restore(value, payload, numbers_limit):
    used, left = 0, numbers_limit

    def arrays(item):
        nonlocal used, left
        if isinstance(item, list):
            return [arrays(entry) for entry in item]
        if not isinstance(item, dict):
            return item
        if set(item) != {"$array"}:
            return {key: arrays(entry) for key, entry in item.items()}
        name, shape = item["$array"]
        if name not in DTYPES or not isinstance(shape, list) or len(shape) > RANK_LIMIT:
            raise WireError("Array of a dtype or rank that is not allowed.")
        if any(type(size) is not int or not 0 <= size <= ARRAY_LIMIT for size in shape):
            raise WireError("Array with a shape that is not made of sizes.")
        left -= _room(shape)
        if left < 0:
            raise WireError(f"Expected at most {numbers_limit} numbers, got more.")
        dtype = np.dtype(name)
        length = math.prod(shape) * dtype.itemsize
        if length > len(payload) - used:
            raise WireError("Array is larger than the frame that brings it.")
        # A copy, so that the reader may write into it.
        array = np.frombuffer(payload[used : used + length], dtype).reshape(shape).copy()
        used += length
        # Any byte can stand where a truth value should.
        return np.asarray(array.view(np.uint8) != 0) if name == "|b1" else array

    return arrays(value), used
