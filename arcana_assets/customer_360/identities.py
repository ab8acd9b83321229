"""Identities: which accounts and identifiers are one customer, as of a month.

Belongs here: that table, and rows of silver and rollups under the customer they are of. Does not belong here: which
files say so (`landing`), the check that no identifier is claimed twice (`assets.identities`).

Accounts that are linked are one customer: the one registered first, by its id among those registered on a day. So it
does not matter in which order rows arrive. A link holds from its day on: a month that was over before it stays as it
was. An identifier, or an account, that customers claim who are not linked is nobody's and never joins them: a family
may share a card.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.computation import THE_MONTH, Computation
from arcana_assets.customer_360.periods import periods_of
from arcana_assets.domain.column import AS_OF, columns, text
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.tables.table import Table

ACCOUNT = "account"
_ROW = ["kind", "identifier", "member_id", "customer_id", "since"]

CUSTOMER_IDENTITIES = Table(
    "gold",
    "identity",
    "customer_identities",
    "Whose each identifier is, second accounts among them.",
    "an identifier and an account that claims it, as of each month",
    ("kind", "identifier", "member_id", "month"),
    columns(
        AS_OF,
        text("kind").means("What it is: account, card, device, app_user"),
        text("identifier", holds_customers=True).means("The token or hash; of an account its code"),
        text("member_id", holds_customers=True).means("The account that claims it"),
        text("customer_id", holds_customers=True).means(
            "The customer that the account is of; absent where customers claim the identifier who are not one"
        ),
        ("since", "date", "First day of the claim; absent where it always held"),
    ),
    needs=("identities",),
)


def customer_identities(
    claims: pd.DataFrame, registered: Mapping[date, Mapping[str, date]], as_of_days: Mapping[date, date]
) -> pd.DataFrame:
    """The rows of `gold/customer_identities`.

    Takes silver of identities (month, kind, identifier, customer_id, since, until), the day on which each account was
    registered, by month, and the day after the last that each month may know.
    """
    made = [_of_month(claims, registered.get(month, {}), month, day) for month, day in as_of_days.items()]
    return pd.concat(made, ignore_index=True)


def _of_month(claims: pd.DataFrame, registered: Mapping[str, date], month: date, as_of: date) -> pd.DataFrame:
    known = claims[claims["month"] == month]
    begun = known["since"].isna() | (known["since"].map(lambda day: day, na_action="ignore") < as_of)
    lasting = known["until"].isna() | (known["until"] >= month)
    known = known[begun & lasting].sort_values(["kind", "identifier", "customer_id", "since"], na_position="first")
    known = known.drop_duplicates(["kind", "identifier", "customer_id"])
    links = known[known["kind"] == ACCOUNT]
    customer_of = _customers(zip(links["customer_id"], links["identifier"], strict=True), registered)
    carried = known[known["kind"] != ACCOUNT].rename(columns={"customer_id": "member_id"})
    carried = carried.assign(customer_id=[customer_of.get(member, member) for member in carried["member_id"]])
    customers = carried.groupby(["kind", "identifier"])["customer_id"].transform("nunique")
    carried["customer_id"] = carried["customer_id"].where(customers == 1)
    since = dict(zip(links["identifier"], links["since"], strict=True))
    accounts: list[tuple[Any, ...]] = [
        (ACCOUNT, member, member, customer, since.get(member)) for member, customer in customer_of.items()
    ]
    accounts += [
        (ACCOUNT, other, account, None, day)
        for account, other, day in zip(links["customer_id"], links["identifier"], links["since"], strict=True)
        if other not in customer_of and other != account
    ]
    rows = pd.concat([carried[_ROW], pd.DataFrame(accounts, columns=_ROW)], ignore_index=True)
    return rows.sort_values(_ROW[:3], ignore_index=True).assign(month=month)


def _customers(links: Iterable[tuple[str, str]], registered: Mapping[str, date]) -> dict[str, str]:
    """The customer of each account that is linked to another one; takes (account, other account)."""
    claimants: dict[str, set[str]] = defaultdict(set)
    for account, other in links:
        if account != other:
            claimants[other].add(account)
    groups: dict[str, set[str]] = {}
    waiting, joined = dict(sorted(claimants.items())), True
    while joined:  # a link that two accounts claim holds once they are one customer by other links
        joined = False
        for other, accounts in list(waiting.items()):
            of = [groups.setdefault(account, {account}) for account in sorted(accounts)]
            if any(group is not of[0] for group in of):
                continue
            merged = of[0] | groups.get(other, {other})
            groups.update(dict.fromkeys(merged, merged))
            del waiting[other]
            joined = True
    found = {}
    for member, group in groups.items():
        if len(group) > 1:
            found[member] = min(group, key=lambda each: (registered.get(each) or date.max, each))
    return found


def folded(rows: ir.Table, identities: ir.Table | None) -> ir.Table:
    """Rows of months under the customer that each one's account is of, as of the end of its month."""
    if identities is None:
        return rows
    accounts = identities.filter(identities.kind == ACCOUNT, identities.customer_id.notnull())
    accounts = accounts.select("month", customer_id="member_id", _one="customer_id")
    return _under(rows, rows.left_join(accounts, ["month", "customer_id"]))


def folded_as_of(rows: ir.Table, identities: ir.Table | None, month: date) -> ir.Table:
    """Rows of any months under the customer that each one's account is of, as of the end of `month`."""
    if identities is None:
        return rows
    accounts = identities.filter(
        identities.month == ibis.literal(month), identities.kind == ACCOUNT, identities.customer_id.notnull()
    )
    accounts = accounts.select(customer_id="member_id", _one="customer_id")
    return _under(rows, rows.left_join(accounts, "customer_id"))


def identified(rows: ir.Table, identities: ir.Table | None, by: Mapping[str, str]) -> ir.Table:
    """Rows without a customer under the one whose identifier they have, as of the end of their month; then `folded`.

    `by` is the kind of the identifier in each column. What nobody, or more than one customer, claims stays without.
    """
    if identities is None:
        return rows
    rows = folded(rows, identities)
    for column, kind in by.items():
        owners = identities.filter(identities.kind == kind, identities.customer_id.notnull())
        owners = owners.group_by("month", **{column: owners.identifier}).agg(_one=owners.customer_id.min())
        joined = rows.left_join(owners, ["month", column])
        rows = joined.mutate(customer_id=joined.customer_id.fill_null(joined._one)).select(rows.columns)
    return rows


def _under(rows: ir.Table, joined: ir.Table) -> ir.Table:
    # A mutation of its own: what follows a bare selection of a join is taken into the join, which may not know it.
    return joined.mutate(customer_id=joined._one.fill_null(joined.customer_id)).select(rows.columns)


def month_by_month(
    of: Callable[[Mapping[str, ir.Table], ir.Table], ir.Table],
    tables: Mapping[str, ir.Table],
    identities: ir.Table | None,
    as_of_days: Mapping[date, date],
    domain: CustomerDomain,
) -> ir.Table:
    """What is made of tables and periods, each month with its rows under the customers that accounts are of by then.

    At once where no accounts are one customer's.
    """
    if identities is None:
        return of(tables, periods_of(as_of_days, domain))
    parts = []
    for month, day in as_of_days.items():
        known = {
            name: folded_as_of(table, identities, month) if "customer_id" in table.columns else table
            for name, table in tables.items()
        }
        parts.append(of(known, periods_of({month: day}, domain)))
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]


def identities(known: ir.Table) -> ir.Table:
    """The facet. Takes `gold/customer_identities` of the periods' months."""
    mine = known.filter(known.customer_id.notnull())
    kinds = {"accounts": ACCOUNT, "cards": "card", "devices": "device"}
    counted = {name: mine.identifier.nunique(where=mine.kind == kind) for name, kind in kinds.items()}
    found = mine.group_by("customer_id", "month").agg(**counted)
    return found.mutate(accounts=ibis.greatest(found.accounts, 1))


COMPUTATION = Computation(
    "identities",
    facet=lambda tables, periods, domain: identities(tables[CUSTOMER_IDENTITIES.name].semi_join(periods, "month")),
    made_elsewhere={CUSTOMER_IDENTITIES: THE_MONTH},
)
