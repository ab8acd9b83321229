"""Writing the b2b drop: how its files spell values, and the files with their headers.

Belongs here: spelling of numbers, money and dates in a file, and exact duplicates of lines. Does not belong here: what
the values are, and how columns become lines (`samples/lines.py`).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.samples.b2b.layout import COMMAS, HEADERS, LATIN_1, Flags, Floats, Ints
from arcana_assets.samples.files import replacing
from arcana_assets.samples.lines import bytes_of, iso_seconds, picked

DAY = 24 * 3600
DIGITS = 15
"""Decimals of the longest money of the real files, but for their placeholder price."""


def decimals(numbers: Floats, mark: str = ",") -> pa.Array:
    """All digits a float has, without thousands mark; 1200 stays 1200."""
    texts = pc.replace_substring_regex(pc.cast(pa.array(numbers), pa.string()), r"\.0$", "")
    return texts if mark == "." else pc.replace_substring(texts, ".", mark)


def scores(values: Ints, with_point: Flags | bool) -> pa.Array:
    """0 to 10 as `9` or, where `with_point`, as `9.0`; a negative value is an empty field."""
    texts = [str(score) for score in range(11)] + [f"{score}.0" for score in range(11)]
    return picked(texts, np.where(values < 0, -1, values + 11 * np.asarray(with_point, dtype=np.int64)))


def iso_days(days: Ints) -> pa.Array:
    """Day numbers as 2025-03-28."""
    distinct, which = np.unique(days, return_inverse=True)
    epoch = date(1970, 1, 1)
    return picked([(epoch + timedelta(days=day)).isoformat() for day in distinct.tolist()], which)


def iso_milliseconds(milliseconds: Ints) -> pa.Array:
    """Milliseconds since 1970-01-01 as 2025-03-28 13:05:46.123."""
    return pc.cast(pa.array(milliseconds, pa.timestamp("ms")), pa.string())


def iso_with_offset(seconds: Ints) -> pa.Array:
    """Seconds of the local clock as 2025-03-28T13:05:46-03:00."""
    return pc.binary_join_element_wise(pc.replace_substring(iso_seconds(seconds), " ", "T"), "-03:00", "")


def us_seconds(seconds: Ints) -> pa.Array:
    """Seconds since 1970-01-01 as 3/28/2025 1:05:46 PM."""
    days, which = np.unique(seconds // DAY, return_inverse=True)
    epoch = date(1970, 1, 1)
    dates = [epoch + timedelta(days=day) for day in days.tolist()]
    times, clock = np.unique(seconds % DAY, return_inverse=True)
    return pc.binary_join_element_wise(
        picked([f"{day.month}/{day.day}/{day.year}" for day in dates], which),
        picked([_us_clock(*divmod(time, 3600)) for time in times.tolist()], clock),
        " ",
    )


def _us_clock(hour: int, rest: int) -> str:
    return f"{(hour + 11) % 12 + 1}:{rest // 60:02}:{rest % 60:02} {'AM' if hour < 12 else 'PM'}"


def with_duplicates(rng: np.random.Generator, rows: int, duplicates: int) -> Ints:
    """Numbers of `rows` rows in order, where `duplicates` of them are told again at some later place."""
    again = rng.choice(rows, duplicates, replace=False)
    place = np.concatenate([np.arange(rows), rng.integers(again, rows) + 0.5])
    numbers = np.concatenate([np.arange(rows), again])
    return np.asarray(numbers[np.argsort(place, kind="stable")], dtype=np.int64)


def write_csv(folder: Path, name: str, parts: Iterable[pa.Array]) -> Path:
    """The file of that name with its header, from parts of lines."""
    path = folder / name
    delimiter = "," if name in COMMAS else ";"
    encoding = "latin-1" if name in LATIN_1 else "utf-8"
    with replacing(path) as beside, beside.open("wb") as out:
        out.write(f"{delimiter.join(HEADERS[name])}\n".encode(encoding))
        for lines in parts:
            data = bytes_of(lines)
            out.write(data if encoding == "utf-8" else data.to_pybytes().decode().encode(encoding))
    return path
