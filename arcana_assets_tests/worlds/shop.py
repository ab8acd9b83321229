"""A shop that delivers its sales, and bronze and silver of them, materialized the way the UI does it."""

import shutil
from datetime import date
from pathlib import Path

import dagster as dg

from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.landing.definitions import source_inventory
from arcana_assets.landing.zone import LandingZone
from arcana_assets_tests.worlds.platform import Platform
from arcana_assets_tests.worlds.run import definitions_of, materialized

DECEMBER, JANUARY, FEBRUARY, MARCH = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)
CONFIRMED = {"retail_bronze_transactions": {"config": {"confirm_withdrawn": True}}}
"""The run config by which sales leave that their files do not have any more."""
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def line(order, day, pieces="2", price="1.5"):
    return f"{order},85123A,LAMP,{pieces},{day} 10:30,{price},17850,France\n"


class Shop:
    def __init__(self, platform: Platform):
        self.platform = platform

    def deliver(self, name, *lines, header=HEADER, source="transactions") -> Path:
        path = self.platform.landing / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((header + "".join(lines)).encode("latin-1"))
        return path

    def materialize(
        self, first=DECEMBER, last=None, source="transactions", as_of="2011-03-15T00:00:00+00:00", config=None
    ):
        """Bronze and silver of one source, for a range of months in one run."""
        keys = [("retail", layer, source) for layer in ("bronze", "silver", "quarantine")]
        return self.run(keys, first, last, as_of, config)

    def run(self, keys, first, last=None, as_of="2011-03-15T00:00:00+00:00", config=None):
        """Assets of the platform, by their keys, for a range of months in one run."""
        platform, chosen = self.platform, [dg.AssetKey(key) for key in keys]
        months, assets = [first, last or first], definitions_of(platform.folder / platform.domain).assets or ()
        ops = {"ops": config} if config else None
        return materialized(assets, months, platform.deployment, chosen, as_of, platform.instance, ops)

    def mend(self, source, old, new):
        """The contract of a source, or the domain's `defs`, with other words, in a copy of the deployed folder."""
        folder = self.platform.root / "defs"
        if self.platform.folder != folder:
            shutil.copytree(self.platform.folder, folder, dirs_exist_ok=True)
        [path] = (folder / "retail").rglob(f"{source}.yaml")
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.platform.folder = folder

    def take_inventory(self, source="transactions"):
        """The inventory as the sensor takes it."""
        spec = DomainSpec(load_domain(self.platform.folder / "retail"), self.platform.folder / "retail")
        landing = LandingZone(root=self.platform.deployment.landing)
        return source_inventory(spec, source, landing, self.platform.lake, Engine())

    def orders(self, layer, *months):
        name = "order_id" if layer == "silver" else "InvoiceNo"
        return sorted(filter(None, self.platform.table(layer, "transactions", *months)[name].to_pylist()))

    def held(self, *months):
        return {
            row["InvoiceNo"]: row["_reasons"]
            for row in self.platform.table("quarantine", "transactions", *months).to_pylist()
        }


def checks(result):
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def account(result):
    found = checks(result)["rows_accounted_for"]
    return tuple(found.metadata[name].value for name in ("landed", "silver", "quarantined", "exact_duplicates"))


def waiting(result):
    """The rows that the account says are waiting, and the files, months and rows that the check of bronze says."""
    told, said = (checks(result)[name].metadata for name in ("rows_accounted_for", "no_rows_of_the_future"))
    assert told["waiting"].value == said["waiting"].value
    return told["waiting"].value, said["files"].value


def failure(result):
    assert not result.success
    return "\n".join(
        str(event.event_specific_data.error_display_string)
        for event in result.all_events
        if event.event_type_value in ("STEP_FAILURE", "STEP_UP_FOR_RETRY")
    )
