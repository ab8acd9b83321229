"""A landing drop of an invented retailer, in the layout and with the dirt of Online Retail, and its planted truth.

Belongs here: the drop as a whole and its files. Does not belong here: goods (`catalogue`), people and days
(`customers`), what is bought when (`orders`), dirt of writing and its count (`dirt`).
"""

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arcana_assets.samples.retail.catalogue import CATEGORIES, Catalogue, Ints, make_catalogue
from arcana_assets.samples.retail.customers import COUNTRIES, GROUPS, Population, make_calendar, make_population
from arcana_assets.samples.retail.dirt import Ledger, soiled
from arcana_assets.samples.retail.orders import Pending, Shop
from arcana_assets.samples.retail.rows import DAY, Rows

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
FIRST_INVOICE = 536_365
ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class RetailDrop:
    """What was written and what is true about it."""

    folder: Path
    files: list[Path]
    """Transactions by month, then the products and customers masters."""
    rows: dict[str, int]
    """Rows of transactions by month (`YYYY-MM`), without header."""
    groups: dict[str, str]
    """customer_id -> loyal, new, lapsed or one_time."""
    favourite_category: dict[str, str]
    """customer_id -> category of about 65 % of their spend, over all customers; chance rules a single small order."""
    affinities: list[tuple[str, str]]
    """(A, B) product codes: a named customer who buys A buys B in the next calendar month with a chance of 0.8, or in
    the same order when they do not come back in that month."""
    new_from: date
    """No new customer buys before this day (two thirds of the period)."""
    lapsed_until: date
    """No lapsed customer buys or returns on or after this day (40 % of the period)."""
    dirt: dict[str, int]
    """Counts over all transactions as written, duplicates included:

    exact_duplicates: rows equal to an earlier one; price_not_positive, negative_prices: by UnitPrice; write_offs:
    quantity < 0 at price 0; without_customer: empty CustomerID; returns, adjustments: InvoiceNo begins with C, A;
    non_product_rows: StockCode, in upper case, is in `NON_PRODUCTS`; lower_case_codes: StockCode differs from its upper
    case; padded_descriptions: Description differs from its trimmed text; empty_descriptions; pound_signs: £ in
    Description; two_timestamp_orders: invoices with two InvoiceDates; products_with_several_descriptions: products by
    upper-case code with several trimmed descriptions in rows with a positive price; bulk_orders_returned: huge orders
    taken back on their day; customers_in_two_countries.
    """


def write_retail_drop(
    folder: Path,
    customers: int = 500,
    months: int = 6,
    seed: int = 7,
    start: date = date(2010, 12, 1),
    progress: Callable[[int, int], None] | None = None,
) -> RetailDrop:
    """Write `transactions/<YYYY-MM>.csv`, `products/products.csv` and `customers/customers.csv` under `folder`.

    `start` is the first day of the first of `months` calendar months. The same arguments give the same bytes. Files of
    the same name are replaced, each at once; other files of the folder stay. `progress` gets (months written, months).

    Groups live in windows of days, so they hold in any period: loyal customers order at least twice in every month, new
    ones begin in the last third, lapsed ones order at least twice in the first 40 % and never again, one-time ones have
    one sales invoice. In one month the four differ by day only, and in two months loyal and new ones are hard to tell
    apart by month: segmenting by month needs three months or more.

    Raises ValueError for fewer than 10 customers, fewer than 1 month, a negative seed, a start that is not the first of
    a month, or a folder that is a file.
    """
    _refuse_bad_arguments(folder, customers, months, seed, start)
    rng = np.random.Generator(np.random.PCG64([seed, 0]))
    catalogue = make_catalogue(rng)
    calendar = make_calendar(start, months)
    new_from, lapsed_end = -(-calendar.days * 2 // 3), calendar.days * 2 // 5
    population = make_population(rng, customers, calendar, new_from, lapsed_end)
    shop = Shop(seed, catalogue, population, calendar)
    ledger = Ledger(catalogue)
    pending = Pending(np.empty((0, 2), dtype=np.int64), None)
    files, written, invoice = [], {}, FIRST_INVOICE
    for number in range(months):
        rows, pending = shop.month(number, pending)
        invoices = int(rows.invoice[-1]) + 1
        rows = soiled(np.random.Generator(np.random.PCG64([seed, 2, number])), rows, catalogue)
        ledger.count(rows)
        name = f"{calendar.day(int(calendar.month_bounds[number])):%Y-%m}"
        path = folder / "transactions" / f"{name}.csv"
        _replace(path, _rendered(rows, invoice, catalogue, population, start))
        files.append(path)
        written[name] = len(rows)
        invoice += invoices
        if progress is not None:
            progress(number + 1, months)
    files += [_write_products(folder, catalogue), _write_customers(folder, population)]
    ids = population.ids()
    return RetailDrop(
        folder=folder,
        files=files,
        rows=written,
        groups=dict(zip(ids, (GROUPS[group] for group in population.group.tolist()), strict=True)),
        favourite_category=dict(zip(ids, (CATEGORIES[c] for c in population.favourite.tolist()), strict=True)),
        affinities=catalogue.affinities,
        new_from=calendar.day(new_from),
        lapsed_until=calendar.day(lapsed_end),
        dirt=ledger.dirt(),
    )


def _refuse_bad_arguments(folder: Path, customers: int, months: int, seed: int, start: date) -> None:
    if customers < 10:
        raise ValueError(f"customers: expected 10 or more, so that every group has members; found {customers}")
    if months < 1:
        raise ValueError(f"months: expected 1 or more; found {months}")
    if seed < 0:
        raise ValueError(f"seed: expected 0 or more; found {seed}")
    if start.day != 1:
        raise ValueError(f"start: expected the first day of a month, as {start.replace(day=1)}; found {start}")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"folder: expected a folder, or a path where one can be made; found a file at {folder}")


def _rendered(
    rows: Rows, first_invoice: int, catalogue: Catalogue, population: Population, start: date
) -> Iterator[bytes]:
    """The file in chunks. Texts are made once for each distinct value and then picked by number."""
    codes = np.array(catalogue.codes + [code.lower() for code in catalogue.codes], dtype=object)
    texts = np.array([_quoted(text) for text in catalogue.texts], dtype=object)
    # NOBODY is -1, which picks the last element.
    ids = np.array([*population.ids(), ""], dtype=object)
    countries = np.array(COUNTRIES, dtype=object)
    prefixes = np.array(["", "C", "A"], dtype=object)
    yield f"{HEADER}\r\n".encode("latin-1")
    for low in range(0, len(rows), ROWS_AT_ONCE):
        part = rows.take(np.arange(low, min(low + ROWS_AT_ONCE, len(rows))))
        columns: list[list[str]] = [
            (prefixes[part.kind] + _texts_of(part.invoice + first_invoice, str)).tolist(),
            codes[part.code].tolist(),
            texts[part.text].tolist(),
            _texts_of(part.quantity, str).tolist(),
            _texts_of(part.minute, lambda minute: _us_timestamp(start, minute)).tolist(),
            _texts_of(part.price, _pounds).tolist(),
            ids[part.customer].tolist(),
            countries[part.country].tolist(),
        ]
        lines = map(",".join, zip(*columns, strict=True))
        yield ("\r\n".join(lines) + "\r\n").encode("latin-1")


def _texts_of(numbers: Ints, text: Callable[[int], str]) -> npt.NDArray[np.object_]:
    distinct, which = np.unique(numbers, return_inverse=True)
    return np.array([text(number) for number in distinct.tolist()], dtype=object)[which]


def _us_timestamp(start: date, minute: int) -> str:
    days, minute = divmod(minute, DAY)
    day = start + timedelta(days=days)
    return f"{day.month}/{day.day}/{day.year} {minute // 60}:{minute % 60:02}"


def _pounds(pence: int) -> str:
    """As in the real file: 2.55, 2.1, 18, 0."""
    sign, (pounds, rest) = "-" if pence < 0 else "", divmod(abs(pence), 100)
    return f"{sign}{pounds}.{rest:02}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def _write_products(folder: Path, catalogue: Catalogue) -> Path:
    category = catalogue.category_of(np.arange(catalogue.products)).tolist()
    rows = [
        (code, name, CATEGORIES[c], f"{price // 100}.{price % 100:02}")
        for code, name, c, price in zip(
            catalogue.codes[: catalogue.products], catalogue.names, category, catalogue.list_price.tolist(), strict=True
        )
    ]
    return _write_master(folder / "products" / "products.csv", ("product_id", "name", "category", "list_price"), rows)


def _write_customers(folder: Path, population: Population) -> Path:
    countries = [COUNTRIES[country] for country in population.country.tolist()]
    since = [day.isoformat() for day in population.since]
    rows = zip(population.ids(), countries, since, strict=True)
    return _write_master(folder / "customers" / "customers.csv", ("customer_id", "country", "since"), rows)


def _write_master(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    _replace(path, [text.getvalue().encode("utf-8")])
    return path


def _replace(path: Path, chunks: Iterable[bytes]) -> None:
    """Write beside the file and swap, so that a reader of the landing never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as out:
            out.writelines(chunks)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
