"""A company that is told by its YAML and its files alone: a folder of contracts, files that land, assets that run.

Belongs here: what tests of contracts share. Does not belong here: the deployed domains (`shop`, `office`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa

from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.definitions import source_inventory
from arcana_assets.landing.zone import LandingZone
from arcana_assets_tests.worlds.run import definitions_of, deployment_in, materialized

APRIL, MAY, JUNE = date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1)
DEFS = """\
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: firm
  title: Firma
  description: A firm
  timezone: America/Sao_Paulo
  currency: BRL
  start: 2024-04
  lookback_months: 3
"""


class Told:
    """A domain `firm` of these contracts, each the text of its file, below `root`; `more` is further text of `defs`."""

    def __init__(self, root: Path, contracts: Mapping[str, str], more: str = "") -> None:
        self.folder, self.deployment = root / "defs" / "firm", deployment_in(root)
        self.lake, self.engine = Lake(root=self.deployment.lake), Engine()
        (self.folder / "sources").mkdir(parents=True)
        (self.folder / "defs.yaml").write_text(DEFS + more, encoding="utf-8")
        for name, text in contracts.items():
            self.say(name, text)

    def say(self, name: str, text: str) -> None:
        """The contract of a source."""
        (self.folder / "sources" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def land(self, name: str, *lines: str, encoding: str = "utf-8") -> Path:
        """A file of the landing, of these lines."""
        path = Path(self.deployment.landing) / "firm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    def run(self, *months: date, only: Sequence[str] = (), as_of: str = "2024-06-20T00:00:00+00:00"):
        """Bronze and silver of all sources, or `only` of some, over a range of months in one run."""
        definitions = definitions_of(self.folder)
        layers = dg.AssetSelection.key_prefixes(*(["firm", each] for each in ("bronze", "silver", "quarantine")))
        if only:
            layers = dg.AssetSelection.assets(
                *(["firm", layer, name] for name in only for layer in ("bronze", "silver", "quarantine"))
            )
        return materialized(definitions.assets or (), months, self.deployment, layers, as_of)

    def known(self, *months: date, as_of: str = "2024-06-20T00:00:00+00:00", of: str = "customer_360"):
        """Everything up to customer 360, or another table of gold, over a range of months in one run."""
        chosen = dg.AssetSelection.assets(["firm", "gold", of]).upstream().required_multi_asset_neighbors()
        return materialized(definitions_of(self.folder).assets or (), months, self.deployment, chosen, as_of)

    def table(self, layer: str, name: str, *months: date) -> list[dict]:
        """The rows of a table, of some months or all."""
        rows = self.lake.read(("firm", layer, name), list(months) or None, self.engine)
        found: pa.Table = self.engine.backend.to_pyarrow(rows)
        return found.to_pylist()

    def held(self, name: str, *months: date) -> list[list[str]]:
        """The reasons of the rows of a source that are in quarantine."""
        return sorted(row["_reasons"] for row in self.table("quarantine", name, *months))

    def take_inventory(self, name: str):
        """The inventory of a source as the sensor takes it."""
        spec = DomainSpec(load_domain(self.folder), self.folder)
        return source_inventory(spec, name, LandingZone(root=self.deployment.landing), self.lake, self.engine)


def accounts(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What the account of the rows of each source says; fails where one does not add up."""
    found = {
        check.asset_key.path[-1]: check
        for check in result.get_asset_check_evaluations()
        if check.check_name == "rows_accounted_for"
    }
    assert all(check.passed for check in found.values())
    return {name: str(check.description) for name, check in found.items()}
