"""Monthly recurring revenue of the b2b drop: `mrr.csv` and the workbook `mrr_mensal.xlsx`.

Belongs here: MRR by customer, month and product line. Does not belong here: contracts (`contracts`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from arcana_assets.samples.b2b.csv import decimals
from arcana_assets.samples.b2b.customers import People
from arcana_assets.samples.b2b.layout import FIRST_MONTH, MONTHS, Floats, Ints, month_of, month_start
from arcana_assets.samples.b2b.ownership import Ownership
from arcana_assets.samples.files import replacing
from arcana_assets.samples.lines import lines_of, picked

MADE_AT = datetime(2025, 6, 30)  # noqa: DTZ001 - a workbook's properties know no timezone
SHEET_ROWS = 1_048_576
ROWS_ABOVE = 3
MOST_LINES = 3
PLAIN_SERIAL_SHARE = 0.03


@dataclass(frozen=True)
class Revenue:
    """One element a customer, month and line; cents."""

    customer: Ints
    month: Ints
    line: Ints
    cents: Ints

    def of_the_year(self, customers: int) -> Ints:
        """Cents of the last twelve months by customer."""
        lately = self.month >= MONTHS - 12
        sums = np.bincount(self.customer[lately], self.cents[lately], minlength=customers)
        return np.asarray(np.rint(sums), dtype=np.int64)


def make_revenue(rng: np.random.Generator, people: People, owned: Ownership, who: Ints, orphans: Ints) -> Revenue:
    """MRR of the customers of the MRR source, from the month they joined until the one before they left.

    A customer's MRR is told by product line: by the first three of the lines owned. Where the sheet would be too long
    for Excel, by two or only one, and what a customer pays stays the same. Raises ValueError where one is too many.
    """
    first = np.maximum(month_of(people.since[who]), 0)
    end = np.minimum(people.left[who], MONTHS)
    who, first, end = (
        np.concatenate([who, orphans]),
        np.concatenate([first, orphans * 0]),
        np.concatenate([end, orphans * 0 + MONTHS]),
    )
    at = np.where(who < len(people), who, 0)
    begin = np.searchsorted(owned.base_customer, at)
    has = np.bincount(owned.base_customer, minlength=len(people))[at]
    for most in range(MOST_LINES, 0, -1):
        told = np.minimum(has, most)
        if int(((end - first) * told).sum()) + ROWS_ABOVE <= SHEET_ROWS:
            break
    else:
        raise ValueError(
            f"scale: {int((end - first).sum()):,} customer-months of MRR do not fit into one sheet of {SHEET_ROWS:,} "
            "rows; choose a smaller scale"
        )
    months = end - first
    place = np.repeat(np.arange(len(who)), months)
    month = np.arange(len(place)) - np.repeat(np.cumsum(months) - months, months) + first[place]
    growth = people.growth[at][place]
    total = people.value[at][place] * (1 + growth) ** (month - MONTHS // 2) * np.exp(rng.normal(0, 0.02, len(place)))
    total = np.maximum(np.rint(total * 100), 100.0)
    shares = np.array([1.0, 0.5, 0.25])
    weight = np.array([shares[:count] / shares[:count].sum() @ np.eye(count, MOST_LINES) for count in range(1, 4)])
    lines = told[place]
    row = np.repeat(np.arange(len(place)), lines)
    number = np.arange(len(row)) - np.repeat(np.cumsum(lines) - lines, lines)
    part = np.floor(total[row] * weight[lines[row] - 1, number])
    # What rounding leaves goes to the first line.
    part[number == 0] += total - np.bincount(row, part)
    line = owned.base_line[begin[place[row]] + number]
    return Revenue(who[place[row]], month[row], line, np.asarray(part, dtype=np.int64))


def revenue_lines_of_the_year(rng: np.random.Generator, revenue: Revenue, people: People, who: Ints) -> pa.Array:
    """The lines of `mrr.csv`: the sum of twelve months; with a decimal point, other than all other files."""
    who = rng.permutation(who)
    value: Floats = revenue.of_the_year(len(people.keys))[who] / 100
    return lines_of([picked(people.keys, who), decimals(value, ".")])


def write_workbook(rng: np.random.Generator, path: Path, revenue: Revenue, keys: list[str], lines: list[str]) -> int:
    """Write the workbook; returns in how many rows the month is a bare serial number instead of a date cell."""
    import xlsxwriter

    order = np.lexsort((revenue.line, revenue.customer, revenue.month))
    serials = np.array([_serial(month_start(index)) for index in range(MONTHS)])
    bare = rng.random(len(order)) < PLAIN_SERIAL_SHARE
    with replacing(path) as beside:
        book = xlsxwriter.Workbook(str(beside), {"constant_memory": True})
        book.set_properties({"title": "MRR mensal", "created": MADE_AT})
        day, bold = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"bold": True})
        about = book.add_worksheet("Leia-me")
        for number, line in enumerate(_ABOUT):
            about.write_string(number, 0, line)
        sheet = book.add_worksheet("MRR")
        sheet.merge_range(0, 0, 0, 3, "MRR mensal por cliente e linha de produto", bold)
        for column, name in enumerate(("CLIENTE", "COMPETENCIA", "MRR", "PRODUTO")):
            sheet.write_string(2, column, name, bold)
        values = zip(
            revenue.customer[order].tolist(),
            serials[revenue.month[order]].tolist(),
            (revenue.cents[order] / 100).tolist(),
            revenue.line[order].tolist(),
            bare.tolist(),
            strict=True,
        )
        for row, (customer, serial, value, line, plain) in enumerate(values, start=ROWS_ABOVE):
            sheet.write_string(row, 0, keys[customer])
            sheet.write_number(row, 1, serial, None if plain else day)
            sheet.write_number(row, 2, value)
            sheet.write_string(row, 3, lines[line])
        summary = book.add_worksheet("Resumo")
        summary.write_row(0, 0, ("COMPETENCIA", "MRR", "CLIENTES"), bold)
        for index in range(MONTHS):
            of_month = revenue.month == index
            summary.write_number(index + 1, 0, int(serials[index]), day)
            summary.write_number(index + 1, 1, int(revenue.cents[of_month].sum()) / 100)
            summary.write_number(index + 1, 2, len(np.unique(revenue.customer[of_month])))
        book.close()
    return int(bare.sum())


def _serial(day: date) -> int:
    """Days as Excel counts them since 1900."""
    return (day - date(1899, 12, 30)).days


_ABOUT = (
    "MRR mensal por cliente",
    "",
    f"Período: {MONTHS} meses desde {FIRST_MONTH:%m/%Y}",
    "Aba MRR: um registro por cliente, competência e linha de produto; valores em reais.",
    "Aba Resumo: total e número de clientes por competência.",
)
