"""Joins of a draft: what a file lacks and another has becomes a `join`, where one key tells it.

Belongs here: which source is looked up in, and the reference that a file becomes for it. Does not belong here: finding
out where a column is (`sources`), what a join may say (`domain.contract.joins`).
"""

from collections.abc import Sequence
from typing import Any

from arcana_assets.domain.names import as_name
from arcana_assets.drafting.entities import Picked
from arcana_assets.drafting.source import Source, put_helper

ORDERS, REFERENCE = "orders", "reference"


def join_up(sources: Sequence[Source]) -> list[Source]:
    """Writes the joins of sources that lack what another file has; returns the references that are made for them."""
    made = list[Source]()
    for source in sources:
        for (file, header), columns in [*source.joins.items()]:
            others = [each for each in sources if each.tabled.name == file and each is not source]
            orders = next((each for each in others if each.entity == ORDERS and each.finished), None)
            mine = next((said["to"] for said, _ in source.columns if said["from"] == header), "")
            if orders is not None and mine == "order_id" and {*columns} <= orders.made:
                _join(source, orders, {"on": mine, "columns": [*columns]}, header)
            elif columns == ["customer_id"] and others and (reference := _reference(others[0], header)) is not None:
                made.append(reference)
                on = reference.columns[0][0]["to"]
                if not mine:
                    helper = {"from": header, "to": on, "clean": ["trim"]}
                    put_helper(source, helper, "outside the entity, for the join")
                _join(source, reference, {"on": {mine: on} if mine else on, "columns": [*columns]}, header)
    return made


def _join(source: Source, other: Source, said: dict[str, Any], header: str) -> None:
    """Puts the join into a contract, and takes what it brings from what is to be filled in."""
    columns, file = said["columns"], other.tabled.files[0].name
    why = f"{file} has what this file has not; a row whose key is not there is refused"
    source.tail.append(("join", {"source": other.name, **said}, why))
    lacking = tuple(f"{source.entity} requires {name}," for name in columns)
    source.to_fill_in = [each for each in source.to_fill_in if not each.startswith(lacking)]
    source.to_look_at = [each for each in source.to_look_at if not each.startswith("no column says who bought")]
    source.to_look_at.append(f"{' and '.join(columns)} looked up in {file} by '{header}'")
    status = other.picked.columns.get("status")
    if status is not None and any("cancel" in value.lower() for value in status.values.top):
        source.to_look_at.append(f"'{status.values.name}' has cancelled ones, which count; `where` leaves them out")
    source.joins = {key: told for key, told in source.joins.items() if told != columns}


def _reference(other: Source, header: str) -> Source | None:
    """A source of references from a key to the customer, of a file that has both."""
    whose = other.picked.columns.get("customer_id")
    key = next((each for each in other.tabled.values if each.name == header), None)
    if whose is None or key is None:
        return None
    name = as_name(header)
    reference = Source(f"{other.name}_reference", other.tabled, Picked(REFERENCE, 1.0, {"customer_id": whose}, ()), "")
    reference.pattern, reference.format = other.pattern, dict(other.format)
    reference.columns = [
        ({"from": header, "to": name, "clean": ["trim"]}, f"the key: {key.words()}"),
        *[(dict(said), "whose it is") for said, _ in other.columns if said["to"] == "customer_id"],
    ]
    left = [each.name for each in other.tabled.values if each.name not in (header, whose.values.name)]
    reference.tail = [("ignored", left, "of no use here")] * bool(left) + [("key", [name], "no two rows share it")]
    return reference
