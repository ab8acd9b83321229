"""Quantity, price, discount and total of a line: which of them a contract reads, by what arithmetic tells.

Belongs here: what columns of numbers come to, and what is said of it. Does not belong here: which columns these are
(`entities`), the rest of the contract (`sources`).
"""

from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.drafting.entities import Match
from arcana_assets.drafting.source import Source, Tabled
from arcana_assets.drafting.values import Values

AGREES = 0.97  # of the rows, for a total to be quantity times price
SHARES = 100  # different values that a column of shares has at most
CENT = 0.011
Reading = Literal["money", "share"]


def discount_by_total(before: pa.Array, discount: pa.Array, total: pa.Array) -> Reading | None:
    """How discounts are to be read, so that the totals of lines are what is left; None where neither way is.

    `before` is pieces times price. Lines without a discount tell nothing.
    """
    cut = pc.greater(discount, 0.0)
    ways: dict[Reading, pa.Array] = {
        "money": pc.subtract(before, discount),
        "share": pc.multiply(before, pc.subtract(1.0, discount)),
    }
    fits = dict[Reading, float]()
    for way, left in ways.items():
        same = pc.less_equal(pc.abs(pc.subtract(total, left)), CENT)
        fits[way] = pc.mean(pc.cast(pc.filter(same, cut), pa.float64())).as_py() or 0.0
    best = max(fits, key=lambda way: fits[way])
    return best if fits[best] >= AGREES and fits["money"] != fits["share"] else None


def with_totals(source: Source, columns: dict[str, Match], constants: dict[str, Any]) -> None:
    """Quantity, price and total of a line: the platform takes whole pieces, and the price of one or the total."""
    total, price, quantity = (columns.get(name) for name in ("amount", "unit_price", "quantity"))
    left = _discount(source, columns)
    fractions = quantity is not None and quantity.values.kind == "decimal" and not quantity.values.floated
    if total is not None and price is None and quantity is not None and not fractions:
        source.to_look_at.append(
            f"no column has the price of one piece: '{total.values.name}' is taken for the total of the line; if it is "
            "the price of one, map it to unit_price"
        )
    elif total is not None and (price is None or fractions):
        dropped = [each.values.name for each in (price, quantity) if each is not None]
        why = "quantities have fractions" if fractions else "no column has the price of one piece"
        source.to_look_at.append(
            f"{why}: '{total.values.name}' is taken for the price of one piece and each row for one"
            + (f"; {' and '.join(dropped)} are not read" if dropped else "")
        )
        columns["unit_price"] = total
        columns.pop("quantity", None)
        constants["quantity"] = 1
        columns.pop("amount")
    elif total is not None and price is not None and left is None:
        columns.pop("amount")
        if not _is_product(source.tabled, total.values, price.values, quantity.values if quantity else None):
            source.to_look_at.append(
                f"'{total.values.name}' is not quantity times '{price.values.name}', and is not read: the total of the "
                "whole order, or after a discount? If it is the line's, map it to amount"
            )


def _discount(source: Source, columns: dict[str, Match]) -> Reading | None:
    """How a discount of at most 1 is to be read, by the totals of lines; one that is not sure to be money is left out.

    None where there is none, or where no totals tell.
    """
    if "discount" not in columns or not _may_be_share(columns["discount"].values):
        return None
    name, read = f"'{columns['discount'].values.name}'", None
    if {"amount", "unit_price"} <= columns.keys():
        numbers = {
            column: _numbers(source.tabled.table.column(columns[column].values.place), columns[column].values)
            for column in ("discount", "amount", "unit_price", "quantity")
            if column in columns
        }
        before = pc.multiply(numbers["unit_price"], numbers.get("quantity", pa.scalar(1.0)))
        read = discount_by_total(before, numbers["discount"], numbers["amount"])
    source.to_look_at.append(
        {
            "money": f"{name} is at most 1 and money all the same: the totals of lines are less it",
            "share": f"{name} is a share and no money, by the totals of lines, and is not read",
            None: f"{name} is at most 1, which is a share or little money, and no totals tell; it is not read. Map "
            "money to discount; where it is a share and prices are before it, say the total with "
            "`computed: {amount: ...}`",
        }[read]
    )
    if read != "money":
        columns.pop("discount")
    return read


def _may_be_share(values: Values) -> bool:
    """Whether what is taken off may be a share, such as 0.2: no more than 1, and few different ones."""
    return values.kind == "decimal" and values.lowest >= 0 and 0 < values.highest <= 1 and values.distinct <= SHARES


def _is_product(tabled: Tabled, total: Values, price: Values, quantity: Values | None) -> bool:
    totals, prices = (_numbers(tabled.table.column(each.place), each) for each in (total, price))
    pieces = _numbers(tabled.table.column(quantity.place), quantity) if quantity else pa.scalar(1.0)
    gap = pc.abs(pc.subtract(totals, pc.multiply(prices, pieces)))
    agrees = pc.less_equal(gap, CENT)
    return (pc.mean(pc.cast(agrees, pa.float64())).as_py() or 0.0) >= AGREES


def _numbers(column: pa.ChunkedArray, values: Values) -> pa.Array:
    text = pc.utf8_trim_whitespace(column)
    if values.prefix:
        text = pc.utf8_trim_whitespace(pc.replace_substring(text, values.prefix, ""))
    if values.marks.comma > values.marks.point:
        text = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    elif values.marks.groups == ",":
        text = pc.replace_substring(text, ",", "")
    spelt = pc.match_substring_regex(text, r"^[+-]?\d*\.?\d+$")
    return pc.cast(pc.if_else(spelt, text, pa.scalar(None, pa.string())), pa.float64())
