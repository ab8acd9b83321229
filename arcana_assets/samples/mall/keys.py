"""The 44 digits of the access key of an electronic consumer receipt (NFC-e), with its check digit.

Belongs here: how a key is composed. Does not belong here: which receipts there are (`receipts`). The layout is that of
the Manual de Orientação do Contribuinte: state, year and month of issue, CNPJ, model 65, series, number, form of
emission, a code, and a digit modulo 11. The CNPJs begin with 99 and belong to nobody.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from arcana_assets.samples.lines import of_one_width
from arcana_assets.samples.mall.layout import Ints

STATE, MODEL, SERIES, EMISSION = 35, 65, 1, 1
DIGITS = 44
_WEIGHTS = np.array([2 + place % 8 for place in range(DIGITS - 1)][::-1], dtype=np.int64)
_SALT = 2_654_435_761


def access_keys(year_month: Ints, store: Ints, number: Ints, seed: int) -> pa.Array:
    """A key of each receipt; a number that is another one for each receipt makes the key another one."""
    code = (number * _SALT + seed * 97_003 + store) % 100_000_000
    company = 99_000_000_000_000 + (store + 1) * 1_013_000 + 100
    fields: tuple[tuple[Ints | int, int], ...] = (
        *((STATE, 2), (year_month, 4), (company, 14), (MODEL, 2), (SERIES, 3)),
        *((number % 1_000_000_000, 9), (EMISSION, 1), (code, 8)),
    )
    digits = np.empty((len(number), DIGITS), dtype=np.uint8)
    place = 0
    for value, width in fields:
        digits[:, place : place + width] = _digits(value, width, len(number))
        place += width
    rest = (digits[:, :-1] @ _WEIGHTS) % 11
    digits[:, -1] = np.where(rest < 2, 0, 11 - rest)
    return of_one_width(digits + np.uint8(ord("0")))


def _digits(value: Ints | int, width: int, size: int) -> npt.NDArray[np.uint8]:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    column = np.broadcast_to(np.asarray(value, dtype=np.int64), size)
    return np.asarray(column[:, None] // powers % 10, dtype=np.uint8)
