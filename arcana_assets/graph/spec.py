"""What all assets of a domain share: keys, groups, owners, kinds, partitions, retries, links to their YAML.

Belongs here: anything that would otherwise be said once an asset. Does not belong here: what an asset computes, the
months of a run (`run`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import shifted
from arcana_assets.graph.columns import COLUMN_SCHEMA, declared_columns
from arcana_assets.presentation.file_names import file_name
from arcana_assets.presentation.language import language_of
from arcana_assets.pseudonyms.names import CUSTOMERS, PSEUDONYMS, Columns, Naming, Shown
from arcana_assets.tables.table import OF_SOURCES, Table

# For what passes by itself, such as a rival commit or a file still being delivered. `failures` asks for the tries, for
# errors alone: as the policy of an asset it would also make another try of a run that was stopped.
RETRIES = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)

IN_A_PICTURE = 12  # assets of a group that are still seen at once


@dataclass(frozen=True)
class DomainSpec:
    """A domain and where it is defined, as the makers of its assets need it."""

    domain: CustomerDomain
    folder: Path

    @property
    def months(self) -> dg.MonthlyPartitionsDefinition:
        """All months of the domain, the open one included; none after its `end`."""
        end = self.domain.end
        return dg.MonthlyPartitionsDefinition(
            start_date=self.domain.start.isoformat(),
            end_date=None if end is None else shifted(end, 1).isoformat(),
            timezone=self.domain.timezone,
            end_offset=1,
        )

    def key(self, layer: str, table: str) -> dg.AssetKey:
        """The key of a table, which is also its place in the lake."""
        return dg.AssetKey([self.domain.name, layer, table])

    def file_name(self, publication: str) -> str:
        """What the files of a publication are called by the people of the domain."""
        return file_name(publication, language_of(self.domain.language))

    def published(self, publication: str) -> dg.AssetKey:
        """The key of a publication, which is also the place of its files: the last word is of the domain's language."""
        return self.key("published", self.file_name(publication))

    def silvers(self, entity: str, dated: bool | None = None) -> dict[str, dg.AssetIn]:
        """An input for each source that is conformed to an entity; of those with dates only, or without only."""
        return {
            f"of_{each.name}": dg.AssetIn(self.key("silver", each.name))
            for each in self.domain.sources_of(entity)
            if dated is None or each.dated == dated
        }

    def key_of(self, table: Table) -> dg.AssetKey:
        """The key of a declared table."""
        return self.key(table.layer, table.name)

    def out(self, table: Table) -> dg.AssetOut:
        """A table as an asset: what it is, owners, kinds, tags, links, columns, and freshness where it is gold."""
        of_source = table.layer in OF_SOURCES
        return dg.AssetOut(
            key=self.key_of(table),
            description=f"{table.about} A row is {table.grain}.",
            group_name=self.group_of_source(table.group, table.name)
            if of_source
            else f"{self.domain.name}_{table.group}",
            owners=self.domain.owners,
            kinds={"deltalake", "duckdb" if of_source else "python"},
            tags={"domain": self.domain.name, "layer": table.layer},
            freshness_policy=None if of_source else self.freshness,
            metadata={
                COLUMN_SCHEMA: declared_columns(table),
                **({CUSTOMERS: columns_of_customers(table).told()} if self.domain.pseudonyms else {}),
                **self.links(table.name if of_source else None),
            },
        )

    def group_of_source(self, stage: str, source: str) -> str:
        """Where the UI shows what a stage has of a source: with those of its area, where all would be no picture."""
        a_source = 2 if stage == "silver" else 1  # with its quarantine
        area = self.domain.sources[source].schema_.area
        crowded = a_source * len(self.domain.sources) > IN_A_PICTURE
        return f"{self.domain.name}_{stage}" + (f"_{area}" if crowded else "")

    def published_out(self, layer: str, name: str, description: str, kinds: set[str], group: str = "") -> dg.AssetOut:
        """An asset of what is published, in files or a database: nothing for the IO manager.

        The UI shows it in the group of its layer unless another one is given.
        """
        return dg.AssetOut(
            key=self.key(layer, name),
            dagster_type=dg.Nothing,
            description=description,
            group_name=f"{self.domain.name}_{group or layer}",
            owners=self.domain.owners,
            kinds=kinds,
            tags={"domain": self.domain.name, "layer": layer},
            freshness_policy=self.freshness,
            metadata=self.links(None),
        )

    @cached_property
    def freshness(self) -> dg.FreshnessPolicy | None:
        """Gold is refreshed in the night before its deadline; none where the data have ended, and no night comes."""
        nightly = self.domain.nightly
        if self.domain.has_ended(datetime.now(UTC)):
            return None
        window = timedelta(hours=(nightly.fresh_by - nightly.hour) % 24 or 24)
        return dg.FreshnessPolicy.cron(
            deadline_cron=f"0 {nightly.fresh_by} * * *", lower_bound_delta=window, timezone=self.domain.timezone
        )

    @property
    def options(self) -> dict[str, Any]:
        """What the computation of every asset shares.

        One run does any range of months, and one run of a domain goes at a time.
        """
        return {
            "partitions_def": self.months,
            "backfill_policy": dg.BackfillPolicy.single_run(),
            "pool": self.domain.name,
        }

    def naming(self, shown: Shown) -> dict[str, str]:
        """The tag of a step by which customers are shown to it; none where the domain has no pseudonyms."""
        if not self.domain.pseudonyms:
            return {}
        return {PSEUDONYMS: Naming(shown, codes_in_silver(self.domain)).told()}

    def links(self, source: str | None) -> dict[str, Any]:
        """The YAML that an asset is made from."""
        contract = self.folder / "sources" / f"{source}.yaml"
        return {
            "defined_in": dg.MetadataValue.path(
                str(contract if source and contract.exists() else self.folder / "defs.yaml")
            )
        }


def codes_in_silver(domain: CustomerDomain) -> dict[str, tuple[str, ...]]:
    """The columns of silver that have codes of customers, or of what they carry, by source."""
    named = {
        name: tuple(each.name for each in contract.schema_.columns if each.holds_customers)
        for name, contract in domain.sources.items()
    }
    return {name: columns for name, columns in named.items() if columns}


def columns_of_customers(table: Table) -> Columns:
    """The columns of a table that hold customers."""
    lists = tuple(name for name in table.customers if table.columns[name].lists_customers)
    return Columns(tuple(name for name in table.customers if name not in lists), lists)


def each_once(name: str, ins: Mapping[str, dg.AssetIn]) -> None:
    """Raises ValueError where two inputs of an asset are of one table: Dagster would give it one, and say nothing."""
    read = Counter(each.key for each in ins.values() if each.key is not None)
    if twice := [key.to_user_string() for key, number in read.items() if number > 1]:
        raise ValueError(
            f"{name} reads {', '.join(sorted(twice))} under two names, of which only one would come; keep one"
        )
