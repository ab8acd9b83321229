"""What a customer has and has asked for: items, contract lines and tickets, as sections of Cliente.

Belongs here: lines of one customer, of gold or as a source says them. Does not belong here: what is computed of them,
which is among the numbers (`customer`).
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.place import Place, records_of
from arcana_assets.domain.months import as_of_day, shifted
from arcana_assets.lake.reader import Part

CONTRACTS = ("product", "product_line", "status", "periodicity", "signed_on", "cancelled_on", "amount")
TICKETS = ("opened_at", "queue", "kind", "priority", "status")
SHOWN = 15
_WORDS = {"signed_on": "signed", "cancelled_on": "cancelled", "opened_at": "opened"}


def show(place: Place, code: str) -> None:
    """The sections, each where the domain has the table, or a source that has rows of the month."""
    say = place.language.say
    _items(place, code)
    if source := _source(place, "contracts"):
        lines = contracts(place, source, code)
        active = sum(line["in_force"] for line in lines)
        told = say("customer.contracts_said", n=len(lines), active=active)
        parts.section(say("customer.contracts"), told if lines else say("customer.no_contracts"))
        _table(place, CONTRACTS, lines)
    if source := _source(place, "tickets"):
        rows = tickets(place, source, code)
        open_ = sum(bool(row["is_open"]) for row in rows)
        told = say("customer.tickets_said", n=len(rows), open=open_)
        parts.section(say("customer.tickets"), told if rows else say("customer.no_tickets"))
        _table(place, TICKETS, rows)


def _items(place: Place, code: str) -> None:
    say, language = place.language.say, place.language
    if not place.has("items_owned"):
        return
    rows = place.records(
        "SELECT item_id, item_name, since, value FROM items_owned WHERE customer_id = $code "
        "ORDER BY CAST(value AS DOUBLE) DESC NULLS LAST, item_id",
        ["items_owned"],
        code=code,
    )
    parts.section(say("customer.items"), say("customer.items_said", n=len(rows)))
    parts.table(
        [parts.Header(say("words.item")), parts.Header(say("words.since")), parts.Header(say("words.value"), True)],
        [
            (
                row["item_name"] or row["item_id"],
                language.day(row["since"]) if row["since"] else "",
                language.money(row["value"], place.domain.currency) if row["value"] is not None else "",
            )
            for row in rows[:SHOWN]
        ],
    )
    if len(rows) > SHOWN:
        parts.sentence(say("customer.items_more", n=len(rows) - SHOWN))


def contracts(place: Place, source: str, code: str) -> list[dict[str, Any]]:
    """The lines of a customer's contracts in the snapshot of the month: those in force first, the newest first.

    `in_force` is as in customer 360: by the day of cancellation where there is one, else as the snapshot says.
    """
    written = place.reader.written_at(place.key("customer_360"))
    return records_of(
        place.reader.rows(
            """SELECT *, coalesce(cancelled_on >= $until, is_active, false) AS in_force FROM lines
            WHERE customer_id = $code ORDER BY in_force DESC, signed_on DESC NULLS LAST, product""",
            {"lines": Part(place.key(source, "silver"), _months(place, source, 1))},
            code=code,
            until=as_of_day(place.month, written, place.domain.timezone),
        )
    )


def tickets(place: Place, source: str, code: str) -> list[dict[str, Any]]:
    """The tickets that a customer opened in the months of the window, the newest first."""
    return records_of(
        place.reader.rows(
            "SELECT * FROM tickets WHERE customer_id = $code ORDER BY opened_at DESC, ticket_id",
            {"tickets": Part(place.key(source, "silver"), _months(place, source, place.domain.lookback_months))},
            code=code,
        )
    )


def _source(place: Place, entity: str) -> str:
    """The domain's source of an entity, where it has rows by the month; else nothing."""
    for contract in place.domain.sources_of(entity):
        if place.has(contract.name, "silver"):
            return contract.name
    return ""


def _months(place: Place, source: str, count: int) -> tuple[date, ...]:
    """The month and those before it, as many as are asked for and are there."""
    wanted = {shifted(place.month, -back) for back in range(count)}
    return tuple(month for month in place.reader.months(place.key(source, "silver")) if month in wanted)


def _table(place: Place, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    say = place.language.say
    there = [name for name in columns if any(row.get(name) is not None for row in rows)]
    parts.table(
        [parts.Header(say(f"customer.{_WORDS.get(name, name)}"), name == "amount") for name in there],
        [[_written(place, name, row[name]) for name in there] for row in rows[:SHOWN]],
    )
    if len(rows) > SHOWN:
        parts.sentence(say("customer.items_more", n=len(rows) - SHOWN))


def _written(place: Place, name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "amount":
        return place.language.money(float(value), place.domain.currency)
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(place.domain.timezone))
    if name in _WORDS:
        return place.language.day(value)
    return str(value)
