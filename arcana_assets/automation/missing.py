"""Which months of a domain are to be refreshed: never computed, or older than what they are made of.

Belongs here: comparing files, tables and what tables were made of. Does not belong here: reading files
(`landing.files`), what a commit says of its inputs (`lake.commits`), running (`refresh`).
"""

from collections.abc import Collection
from datetime import UTC, date, datetime

from arcana_assets.automation.sensors import TakeInventory, with_their_neighbours
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.commits import mixtures
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.names import TableKey, table_name
from arcana_assets.landing.files.records import Inventory
from arcana_assets.landing.zone import LandingZone


def missing_months(
    domain: CustomerDomain,
    tables: Collection[TableKey],
    take: TakeInventory,
    landing: LandingZone,
    lake: Lake,
    engine: Engine,
) -> dict[date, str]:
    """The months to refresh, in order, each with the reason in words; `tables` are all that have months.

    A month is missing where a table does not have it, and it is older than its inputs where the files in the landing
    are not those that bronze holds, or a table was made of another writing of one of its inputs. A computed month after
    any of these looks back on it, and a month never computed before one is its history. Nothing is told of a table that
    was never written at all. Raises LandingError where the files of a source cannot be read.
    """
    bounds = domain.bounds(datetime.now(UTC))
    months = months_between(domain.start, shifted(bounds.end, -1))
    found = dict[date, str]()
    for table in tables:
        there = lake.materialized_months(table, months)
        for month in sorted({*months} - {*there}) if there else ():
            found.setdefault(month, f"{table_name(table)} does not have it")
    computed = lake.materialized_months((domain.name, "gold", "customer_360"), months)
    if not computed:
        return dict.fromkeys(months, "was never computed")
    for source in domain.sources:
        inventory = take(source, landing, lake, engine)
        for month in _of_other_files((domain.name, "bronze", source), inventory, domain, computed, lake, engine):
            found.setdefault(month, f"the files of {source} are not those that were read")
    read = {table_name(table): dict[str, int]() for table in tables}
    for mixture in mixtures(lake.root, read, computed):
        if mixture.month in {f"{month:%Y-%m}" for month in computed}:
            found.setdefault(date.fromisoformat(f"{mixture.month}-01"), str(mixture))
    asked = with_their_neighbours(found, domain, lake, months[-1])
    return {month: found.get(month, "looks back on one of these, or is looked back on") for month in asked}


def _of_other_files(
    bronze: TableKey,
    inventory: Inventory,
    domain: CustomerDomain,
    computed: list[date],
    lake: Lake,
    engine: Engine,
) -> list[date]:
    """The computed months whose bronze holds rows of other files than those that have rows of them now.

    Of a source without dates it is the last month: the others keep what there was in their time. What bronze holds of
    files that cannot be read any more is left out.
    """
    bounds = domain.bounds(datetime.now(UTC))
    months = lake.materialized_months(bronze, computed if inventory.dated else computed[-1:])
    if not months:
        return []
    rows = lake.read(bronze, months, engine)
    held: dict[date, set[str]] = {month: set() for month in months}
    for row in engine.small(rows.select("month", "_file_sha256").distinct()).to_pylist():
        held[row["month"]].add(row["_file_sha256"])
    lies: dict[date, set[str]] = {month: set() for month in months}
    for record in inventory.files.values():
        for month in record.by_month(bounds) if inventory.dated else months:
            if month in lies and (record.malformed or any(record.rows.values())):
                lies[month].add(record.sha256)
    gone = set() if inventory.unread else set().union(*held.values()) - set().union(*lies.values())
    return [month for month in months if lies[month] - held[month] or held[month] & gone]
