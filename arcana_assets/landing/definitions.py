"""Landing: the files of each source, its bronze, its silver and quarantine, and the inventory that the sensor takes.

Belongs here: the list of them. Does not belong here: the assets (`assets`), what is computed (`conform`, `files`).
"""

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime

import dagster as dg

from arcana_assets.domain.contract.formats import CsvFormat
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.erasure.holders import Mine
from arcana_assets.erasure.register import Register
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.assets.bronze import bronze_asset, landing_spec
from arcana_assets.landing.assets.silver import silver_asset
from arcana_assets.landing.erased import raw_holders
from arcana_assets.landing.files.headers import form_of
from arcana_assets.landing.files.inventory import last_inventory, take_inventory
from arcana_assets.landing.files.listing import Known
from arcana_assets.landing.files.records import Inventory
from arcana_assets.landing.lookups import reader_of
from arcana_assets.landing.rewritten import rewrite_file
from arcana_assets.landing.zone import LandingError, LandingZone


def landing_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Bronze, silver and quarantine of every source of the domain."""
    sources = spec.domain.sources.values()
    return [make(spec, contract) for contract in sources for make in (bronze_asset, silver_asset)]


def landing_specs(spec: DomainSpec) -> list[dg.AssetSpec]:
    """The files of every source, as the company delivers them."""
    return [landing_spec(spec, contract) for contract in spec.domain.sources.values()]


def erase_from_landing(
    domain: CustomerDomain, landing: LandingZone, lake: Lake, engine: Engine, register: Register
) -> dict[str, int]:
    """Writes the delivered text files of a domain without the lines of customers in the register; lines by file.

    Their records go into the inventory, so that no sensor takes them for new, and what they do not have any more is
    nothing that bronze refused. Workbooks, JSON, XML and Parquet files, those of another encoding than UTF-8 and
    Latin-1, and buckets are left as they are: the scan names them.
    """
    found = dict[str, int]()
    for contract in domain.sources.values() if not landing.remote else ():
        reader = reader_of(domain, contract.name, landing, engine)
        before, mine = last_inventory(domain.name, contract.name, lake, engine), Mine(register, raw_holders(contract))
        gone = {}
        for file in landing.files(domain.name, contract) if mine.holders.columns else ():
            form = form_of(file, contract)
            if isinstance(form, CsvFormat) and form.encoding != "utf-16" and not file.refused:
                with suppress(LandingError):  # one that cannot be read is told by the scan, and by `every_file_read`
                    if rows := rewrite_file(landing, file, form, reader.headers(file), mine):
                        gone[f"{file.path}"] = rows
        if not gone:
            continue
        found |= gone
        fresh = reader_of(domain, contract.name, landing, engine)
        after = take_inventory(fresh, domain.name, domain.timezone, lake, "erasure")
        if contract.dated:
            _fewer_refused(domain, contract.name, before, after, lake)
    return found


def _fewer_refused(domain: CustomerDomain, source: str, before: Known, after: Inventory, lake: Lake) -> None:
    """Takes the rows that files lost out of the number of those that bronze refused."""
    bounds, key = domain.bounds(datetime.now(UTC)), (domain.name, "bronze", source)
    months = months_between(bounds.start, shifted(bounds.end, -1))
    had = Counter[date]()
    for record in {each.sha256: each for each in before.records.values()}.values():
        had.update(record.by_month(bounds))
    has = after.rows(months, bounds)
    refused = lake.erased_rows(key, months)
    if refused:
        lake.note_erased(
            key, {each: max(rows - (had[each] - has[each]), 0) for each, rows in refused.items()}, "erasure"
        )


def source_inventory(spec: DomainSpec, source: str, landing: LandingZone, lake: Lake, engine: Engine) -> Inventory:
    """What lies in the landing of a source now, as the sensor sees it."""
    reader = reader_of(spec.domain, source, landing, engine)
    return take_inventory(reader, spec.domain.name, spec.domain.timezone, lake, "sensor")
