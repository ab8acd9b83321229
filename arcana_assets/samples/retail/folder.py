"""A landing drop of an invented retailer, in the layout and with the dirt of Online Retail, and its planted truth.

Belongs here: the drop as a whole and its files. Does not belong here: goods (`catalogue`), people and days
(`customers`), what is bought when (`orders`), dirt of writing and its count (`dirt`).
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arcana_assets.samples.files import replacing
from arcana_assets.samples.retail.catalogue import CATEGORIES, Catalogue, Ints, make_catalogue
from arcana_assets.samples.retail.customers import COUNTRIES, Population, make_calendar, make_days, make_population
from arcana_assets.samples.retail.dirt import Ledger, soiled
from arcana_assets.samples.retail.kinds import TASTES, VALUE_KINDS, persona_by_category
from arcana_assets.samples.retail.orders import Pending, Shop
from arcana_assets.samples.retail.rows import DAY, Rows
from arcana_assets.samples.retail.visits import make_visits

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
    """customer_id -> name in `VALUE_KINDS`: how often, when and for how much they buy."""
    tastes: dict[str, str]
    """customer_id -> name in `TASTES`: what they spend on, whatever their group. Chance rules a single small order."""
    personas: dict[str, dict[str, str]]
    """Segmentation -> customer_id -> the name that the segment of this customer should get."""
    affinities: list[tuple[str, str]]
    """(A, B) product codes: a named customer who buys A buys B with a chance of 0.8: in the next calendar month if they
    order in it, else in the same order."""
    new_from: date
    """No new customer buys before this day: four weeks before the end, or a third of a shorter period."""
    quiet_from: date
    """No occasional customer buys on or after this day: 45 days before the end, or a third of a shorter period."""
    churn_until: date
    """Nobody at risk of churn buys or returns on or after this day: three months before the end, or half a period."""
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
    until: datetime | None = None,
) -> RetailDrop:
    """Write `transactions/<YYYY-MM>.csv`, `products/products.csv` and `customers/customers.csv` under `folder`.

    `start` is the first day of the first of `months` calendar months. The same arguments give the same bytes. Files of
    the same name are replaced, each at once; other files of the folder stay. `progress` gets (months written, months).

    `until`, a time of the shop's clock, is what has happened so far: what would come later is not written, and a month
    of which nothing has come has no file.

    A customer is of one kind by value (`VALUE_KINDS`) and, whatever that is, of one by category (`TASTES`). The kinds
    by value stand apart in recency, orders and money at the end of a period of six months; until then there are fewer,
    as in a shop that has just begun. They live in windows of days, so that they hold in any period: frequent customers
    come all the time, who is at risk of churn came often and stopped, new ones have their first order in the last
    weeks, occasional ones few orders before that. In one or two months kinds differ by day only.

    Raises ValueError for fewer than 10 customers, fewer than 1 month, a negative seed, a start that is not the first of
    a month, or a folder that is a file.
    """
    _refuse_bad_arguments(folder, customers, months, seed, start)
    rng = np.random.Generator(np.random.PCG64([seed, 0]))
    catalogue = make_catalogue(rng)
    calendar = make_calendar(start, months)
    population = make_population(rng, customers, calendar)
    shop = Shop(seed, catalogue, population, calendar, make_visits(rng, population, calendar))
    ledger = Ledger(catalogue)
    pending = Pending(np.empty((0, 2), dtype=np.int64), None)
    files, written, invoice = [], {}, FIRST_INVOICE
    for number in range(months):
        rows, pending = shop.month(number, pending)
        invoices = int(rows.invoice[-1]) + 1
        rows = soiled(np.random.Generator(np.random.PCG64([seed, 2, number])), rows, catalogue)
        if until is not None:
            rows = rows.take(rows.minute < (until - datetime.combine(start, time())) // timedelta(minutes=1))
            if not len(rows):
                break
        ledger.count(rows)
        name = f"{calendar.day(int(calendar.month_bounds[number])):%Y-%m}"
        path = folder / "transactions" / f"{name}.csv"
        _replace(path, _rendered(rows, invoice, catalogue, population, start))
        files.append(path)
        written[name] = len(rows)
        invoice += invoices
        if progress is not None:
            progress(number + 1, months)
    files += [_write_products(folder, catalogue), _write_customers(folder, population, until)]
    ids, days = population.ids(), make_days(calendar)
    kinds, tastes = [VALUE_KINDS[kind] for kind in population.kind], [TASTES[taste] for taste in population.taste]
    return RetailDrop(
        folder=folder,
        files=files,
        rows=written,
        groups=dict(zip(ids, (kind.name for kind in kinds), strict=True)),
        tastes=dict(zip(ids, (taste.name for taste in tastes), strict=True)),
        personas={
            "value": dict(zip(ids, (kind.persona for kind in kinds), strict=True)),
            "categories": dict(zip(ids, map(persona_by_category, population.kind, tastes), strict=True)),
        },
        affinities=catalogue.affinities,
        new_from=calendar.day(days.new_from),
        quiet_from=calendar.day(days.occasional_until + days.occasion),
        churn_until=calendar.day(days.churn_until),
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


def _write_customers(folder: Path, population: Population, until: datetime | None) -> Path:
    countries = [COUNTRIES[country] for country in population.country.tolist()]
    since = [day.isoformat() for day in population.since]
    last = "9999-12-31" if until is None else until.date().isoformat()
    rows = [row for row in zip(population.ids(), countries, since, strict=True) if row[2] <= last]
    return _write_master(folder / "customers" / "customers.csv", ("customer_id", "country", "since"), rows)


def _write_master(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    _replace(path, [text.getvalue().encode("utf-8")])
    return path


def _replace(path: Path, chunks: Iterable[bytes]) -> None:
    with replacing(path) as beside, beside.open("wb") as out:
        out.writelines(chunks)
