"""Periods of a draft: files of subscriptions with a first and a last day, told to the months in which they ran.

Belongs here: which columns say a period, what it brings in a month, what tells one subscription from another. Does not
belong here: what `periods` means (`domain.contract.periods`), contracts without them (`sources`).
"""

import functools
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from arcana_assets.domain.contract.columns import EXCEL_SERIAL, SERIAL, SERIALS
from arcana_assets.domain.contract.periods import Periods
from arcana_assets.domain.entities.entity import EntityColumn
from arcana_assets.domain.entities.subscribers import CONTRACTS, SUBSCRIPTIONS
from arcana_assets.drafting.entities import FITS, SURE, Match, Picked, header_fit, speaks_of
from arcana_assets.drafting.guess import vocabulary
from arcana_assets.drafting.source import Source, Tabled, put_helper
from arcana_assets.drafting.sources import column_of, drafted
from arcana_assets.drafting.values import Values

START, END, PRICE, BILLING = "started_on", "ended_on", "price", "billing"
ONE_CUSTOMER = 1.01  # customers a subscription, at most: what many customers have is a plan


@dataclass(frozen=True)
class _Period:
    """The columns of a file that say from when to when its rows hold."""

    start: Values
    end: Values


def first_day(source: Source) -> Match | None:
    """The column of the day on which what a row is of began, of contracts and of subscriptions with a last day."""
    if source.entity == CONTRACTS.name and "signed_on" in source.picked.columns:
        return source.picked.columns["signed_on"]
    period = _period_of(source.tabled) if source.entity in (CONTRACTS.name, SUBSCRIPTIONS.name) else None
    return None if period is None else Match(period.start, SURE)


def as_periods(sources: Sequence[Source]) -> list[Source]:
    """The sources, those of recurring revenue with a first and a last day drafted as periods.

    Subscriptions that have a price and no monthly revenue stay contracts, which say what is owned, and become a source
    of revenue as well, where no other file has it by month.
    """
    by_month = any(each.entity == SUBSCRIPTIONS.name and each.dates is not None for each in sources)
    found = list[Source]()
    for source in sources:
        period = _period_of(source.tabled) if "customer_id" in source.picked.columns else None
        if source.entity == SUBSCRIPTIONS.name and period is not None and _by_begin(source, period):
            found.append(_with_periods(source, period, source.name))
            continue
        found.append(source)
        if period is not None and not by_month and _recurs(source):
            found.append(_with_periods(source, period, f"{source.name}_revenue"))
    return found


def _recurs(source: Source) -> bool:
    """Whether contracts have a price that is paid again and again."""
    if source.entity != CONTRACTS.name or "amount" not in source.picked.columns:
        return False
    return _billing(source.tabled) is not None or speaks_of("subscription", source.tabled.name)


def _period_of(tabled: Tabled) -> _Period | None:
    """The first and the last day, by their headers; the last one may be absent in all rows, while all still run."""

    def best(column: str, kinds: tuple[str, ...]) -> Values | None:
        fits = [
            (header_fit(each.name, CONTRACTS.name, column, tabled.name), -each.place, each)
            for each in tabled.values
            if each.kind in kinds
        ]
        fit, _, found = max(fits, default=(0.0, 0, None), key=lambda each: each[:2])
        return found if fit >= FITS else None

    start, end = best("signed_on", ("date",)), best("cancelled_on", ("date", "empty"))
    return None if start is None or end is None or start is end else _Period(start, end)


def _by_begin(source: Source, period: _Period) -> bool:
    """Whether no column says the month of a row, or the one that was taken for it is its first day."""
    month = source.picked.columns.get(str(SUBSCRIPTIONS.dated_by))
    return month is None or month.values is period.start


def _with_periods(source: Source, period: _Period, name: str) -> Source:
    """The contract of recurring revenue of a file whose rows are periods."""
    known, tabled = dict(source.picked.columns), source.tabled
    billing, amount = _billing(tabled), known.get("amount")
    columns = {each: match for each, match in known.items() if each in ("customer_id", "product", "mrr")}
    columns[START] = Match(period.start, 1.0)
    if (subscription := _subscription(tabled, columns["customer_id"].values)) is not None:
        columns["subscription_id"] = Match(subscription, 1.0)
    computed = amount is not None and "mrr" not in columns and billing is not None
    if amount is not None and "mrr" not in columns and not computed:
        columns["mrr"] = amount
    picked = Picked(SUBSCRIPTIONS.name, source.picked.score, columns, (), source.picked.rivals)
    made = drafted(tabled, picked, [], name)
    made.to_look_at = [each for each in made.to_look_at if not each.startswith("key ")]
    made.tail = [each for each in made.tail if each[0] not in ("key", "")]
    _helper(made, period.end, END, "date", f"the last day in force: {period.end.words()}")
    if computed and amount is not None and billing is not None:
        _helper(made, amount.values, PRICE, "decimal", f"what is paid at a time: {amount.values.words()}")
        _helper(made, billing, BILLING, "text", f"how often: {billing.words()}")
        why = "unsure: a price of a year is a twelfth of it in a month; with another word than these a row is refused"
        made.tail.append(("computed", {"mrr": _a_month(billing)}, why))
        made.to_look_at.append(
            f"'{amount.values.name}' is taken for what is paid each time that '{billing.name}' says; if it is of one "
            "month already, map it to mrr"
        )
        if unknown := _unknown(billing):
            made.to_look_at.append(
                f"of '{', '.join(unknown)}' in '{billing.name}' it is not known for how many months is paid: such rows "
                "are refused until the mrr in `computed` says it"
            )
    elif amount is not None and columns.get("mrr") is amount:
        made.to_look_at.append(
            f"'{amount.values.name}' is taken for what a month brings; if it is of a year, or of the whole contract, "
            "compute mrr from it"
        )
    _told(made, period, subscription, columns.get("product"))
    return made


def _told(made: Source, period: _Period, subscription: Values | None, product: Match | None) -> None:
    """What the contract says of its periods, and of rows that are of one subscription."""
    why = f"likely: a row counts in each month on whose last day it was in force, from '{period.start.name}' on"
    made.tail.append(("periods", Periods(start=START, end=END).model_dump(), why))
    made.tail.append(
        ("rules", [{"column": "mrr", "nullable": False}], "a row that does not say what it brings is refused")
    )
    told = f"the last day in force is '{period.end.name}'; a month counts what runs on its own last day"
    if subscription is not None:
        _one_at_a_time(made, period, subscription, None if product is None else product.values)
    else:
        told += "; no column tells subscriptions apart, so that those of a customer that overlap add up"
    made.to_look_at.append(told)
    if len(made.tabled.files) > 1:
        last = made.tabled.files[-1].name
        made.to_look_at.append(
            f"of {len(made.tabled.files)} files only {last} is read, for each should have all that ran and runs; parts "
            "of one delivery are to be put together into one file"
        )


def _one_at_a_time(made: Source, period: _Period, subscription: Values, product: Values | None) -> None:
    """The key by which one row counts in a month: rows of a subscription that run together may be of its products."""
    beside = _overlapping(made, period, [subscription])
    apart = beside
    if product is not None and not product.absent and beside:
        apart = _overlapping(made, period, [subscription, product])
    if product is not None and apart < beside:
        key, why = ["subscription_id", "product"], "in a month one row of a subscription and product counts"
        made.to_look_at.append(
            f"{beside - apart:,} rows run beside another of their '{subscription.name}' that differs in "
            f"'{product.name}', and add up; where they are upgrades whose old row was left open, take product out of "
            "the key"
        )
    else:
        key, why = ["subscription_id"], "in a month one row of a subscription counts"
    if apart:
        made.to_look_at.append(
            f"{apart:,} rows run beside another of the same {' and '.join(key)}: only the one begun last counts in "
            "those months; where both are paid, add to the key what tells them apart"
        )
    made.tail.append(("key", key, f"likely: {why}"))
    made.tail.append(("deduplicate", {"by": START, "keep": "latest"}, "of two that overlap the one begun last"))


def _overlapping(made: Source, period: _Period, key: Sequence[Values]) -> int:
    """How many rows begin while another row of the same key still runs; rows that are the same are one.

    A row that begins on the last day of another takes its place: of the two the one begun last counts on that day.
    Days are read as the contract reads them, and what it refuses is no row.
    """
    table, started, ends = made.tabled.table, _formats(made, START), _formats(made, END)
    days = functools.cache(_day)
    nothing = {"", *period.end.nothing}
    spans = dict[tuple, list[tuple[date, date]]]()
    rows = table.group_by(table.column_names).aggregate([])
    places = [*(each.place for each in key), period.start.place, period.end.place]
    for *codes, begun, ended in zip(*(rows[str(place)].to_pylist() for place in places), strict=True):
        first, until = days((begun or "").strip(), started), (ended or "").strip()
        last = date.max if until in nothing else days(until, ends)
        if first is not None and last is not None and all(codes) and first <= last:
            spans.setdefault(tuple(codes), []).append((first, last))
    found = 0
    for those in spans.values():
        until = date.min
        for first, last in sorted(those):
            found += first < until
            until = max(until, last)
    return found


def _formats(made: Source, to: str) -> tuple[str, ...]:
    """The formats in which a contract reads a date."""
    helpers: list[dict[str, Any]] = next((value for key, value, _ in made.tail if key == "helpers"), [])
    return next((*each["formats"],) for each in (*(said for said, _ in made.columns), *helpers) if each["to"] == to)


def _day(text: str, formats: Sequence[str]) -> date | None:
    """The day written in a text, by the first of the formats that fits; None where none does."""
    for form in formats:
        if form == EXCEL_SERIAL:
            days = float(text.replace(",", ".")) if re.search(SERIAL, text) else 0.0
            if SERIALS[0] <= days < SERIALS[1]:
                return date(1899, 12, 30) + timedelta(days=int(days))
            continue
        with suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - days have no zone
    return None


def _subscription(tabled: Tabled, customer: Values) -> Values | None:
    """What tells one subscription from another: a code of one, each of which is of one customer."""
    for each in tabled.values:
        if each.place == customer.place or each.kind in ("date", "empty") or not speaks_of("id", each.name):
            continue
        if not (speaks_of("subscription", each.name) or speaks_of("contract", each.name)):
            continue
        places = [str(each.place), str(customer.place)]
        pairs, codes = (
            tabled.table.select(some).group_by(some).aggregate([]).num_rows for some in (places, places[:1])
        )
        if pairs <= ONE_CUSTOMER * codes:
            return each
    return None


def _billing(tabled: Tabled) -> Values | None:
    """The column that says how often is paid, by its values, of which most are known."""
    return next((each for each in tabled.values if each.top and 2 * len(_unknown(each)) < len(each.top)), None)


def _unknown(billing: Values) -> list[str]:
    """The values that are no known word for how often is paid."""
    known = _months_of_words()
    return sorted(value for value in billing.top if value.strip().lower() not in known)


def _months_of_words() -> dict[str, int]:
    """For how many months is paid, by the words for it."""
    return {word: months for months, words in vocabulary()["paid_every"].items() for word in words}


def _a_month(billing: Values) -> str:
    """What a month brings of a price, by the words that the column has, in the order found.

    Absent, and so refused, where it is not known how often is paid.
    """
    known, found = _months_of_words(), dict[int, list[str]]()
    for word in dict.fromkeys(value.strip().lower() for value in billing.top):
        if word in known:
            found.setdefault(known[word], []).append(word)
    said = "0"
    for months, words in reversed(found.items()):
        named = " or ".join(f"{BILLING} == '{word}'" for word in words)
        said = f"{months} if {named} else {said}"
    return f"{PRICE} / ({said})"


def _helper(made: Source, values: Values, name: str, kind: Any, why: str) -> None:
    """A column outside the entity, read as one of this type would be."""
    said, note = column_of(made, EntityColumn(name, kind, ""), Match(values, 1.0))
    if kind == "date" and values.kind == "empty":
        first = next(said for said, _ in made.columns if said["to"] == START)
        said["formats"] = [*first["formats"]]
    if kind == "text":
        said["clean"] = ["trim", "lower"]
    typed = {} if kind == "text" else {"type": kind}
    plain = {key: value for key, value in said.items() if key not in ("from", "to")}
    put_helper(made, {"from": said["from"], "to": name, **typed, **plain}, why or note)
