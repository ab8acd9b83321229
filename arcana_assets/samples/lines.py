"""Columns of text, and lines of columns: how the large files of samples are written.

Belongs here: what does not depend on the company. Does not belong here: what the values are, how a company's files
spell them. Lines are made by column, so that thirty million of them take seconds; the bytes do not depend on the number
of threads.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
_PAIRS = np.frombuffer("".join(f"{number:02x}" for number in range(256)).encode(), dtype=np.uint16)


def picked(texts: Sequence[str], which: Ints) -> pa.Array:
    """A text for each number; a negative number is an empty field. Texts with a quote or delimiter are quoted."""
    numbers = pa.array(which, mask=which < 0)
    return pa.array([_quoted(text) for text in texts], pa.string()).take(numbers)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in '";\r\n') else text


def integers(numbers: Ints, digits: int = 0) -> pa.Array:
    """Whole numbers, filled with zeros on the left up to `digits`."""
    texts = pc.cast(pa.array(numbers), pa.string())
    return pc.utf8_lpad(texts, digits, "0") if digits else texts


def of_one_width(characters: npt.NDArray[np.uint8]) -> pa.Array:
    """Texts of equal length from ASCII codes, one row a text."""
    rows, width = characters.shape
    ends = np.arange(rows + 1, dtype=np.int64) * width
    data = pa.py_buffer(np.ascontiguousarray(characters).data)
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(ends.data), data).cast(pa.string())


def hashed(numbers: Ints, salt: int) -> pa.Array:
    """16 hexadecimal digits that stand for each number; none of them twice for one salt (SplitMix64 is a bijection)."""
    mixed = numbers.astype(np.uint64) + np.uint64((salt + 1) * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    octets = mixed.astype(">u8").view(np.uint8).reshape(-1, 8)
    return of_one_width(_PAIRS[octets].view(np.uint8).reshape(-1, 16))


def prefixed(prefix: str, texts: pa.Array) -> pa.Array:
    """Each text after the same characters."""
    return pc.binary_join_element_wise(prefix, texts, "")


def iso_seconds(seconds: Ints) -> pa.Array:
    """Seconds since 1970-01-01 as 2025-03-28 13:05:46."""
    return pc.cast(pa.array(seconds, pa.timestamp("s")), pa.string())


def lines_of(columns: Sequence[pa.Array | str], delimiter: str = ";") -> pa.Array:
    """One line a row, with its line feed; null is an empty field."""
    *others, last = columns
    last = pc.binary_join_element_wise(last, "\n", "", null_handling="replace", null_replacement="")
    return pc.binary_join_element_wise(*others, last, delimiter, null_handling="replace", null_replacement="")


def bytes_of(lines: pa.Array) -> pa.Buffer:
    """The text of all lines as it lies in memory, one after the other."""
    _, offsets, data = lines.buffers()
    width = np.int64 if pa.types.is_large_string(lines.type) else np.int32
    ends = np.frombuffer(offsets, dtype=width)[lines.offset : lines.offset + len(lines) + 1]
    return data.slice(int(ends[0]), int(ends[-1] - ends[0]))
