"""Our side of the b2b comparisons: assets of the domain under Dagster, in this process, with the account of the rows.

Belongs here: running some assets for some months, and what the run says of rows. Does not belong here: what is measured
(one script a claim), the drop (`b2b_drop`), runs of the retail domain (`under_dagster`).
"""

import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from arcana_assets.automation.refresh import QUIET
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.graph.run import range_tags
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.assets.silver_checks import ACCOUNT
from benchmarks.measure import REPOSITORY
from benchmarks.under_dagster import deployment_in

Table = tuple[str, str]
"""Layer and name of a table of the domain."""
PLACES = ("landed", "silver", "quarantined", "exact_duplicates")
ELSEWHERE = ("not_filled_in", "waiting", "erased", "left_out", "before_start", "not_in_force")


@dataclass(frozen=True)
class Company:
    """A deployment with the b2b domain: its lake and instance, and the folder of its YAML."""

    deployment: Deployment
    folder: Path = DEFS

    @property
    def lake(self) -> Lake:
        """Where the tables are."""
        return Lake(root=self.deployment.lake)

    def refresh(self, months: Sequence[date], tables: Sequence[Table] = ()) -> dict[str, dict[str, int]]:
        """Materializes the tables, or all there are, for a range of months, recorded in an instance on disk.

        Returns the account of each source: landed, silver, quarantined, exact_duplicates and elsewhere, which a
        blocking check found to add up. Raises what the assets raise.
        """
        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        home = Path(self.deployment.home)
        home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / "dagster.yaml", home / "dagster.yaml")
        os.environ["ARCANA_HOME"] = str(home)
        with dg.DagsterInstance.from_config(str(home)) as instance:
            job = build_definitions(self.folder, self.deployment).resolve_job_def("refresh_b2b")
            chosen = [dg.AssetKey(["b2b", *table]) for table in tables]
            done = job.execute_in_process(
                run_config=QUIET,
                instance=instance,
                tags=range_tags(list(months)),
                asset_selection=chosen or None,
            )
        checks = done.get_asset_check_evaluations()
        failed = [
            f"{check.asset_check_key}: {check.description}" for check in checks if check.blocking and not check.passed
        ]
        assert done.success, failed
        assert not failed, failed
        return {check.asset_key.path[-1]: _numbers(check) for check in checks if check.check_name == ACCOUNT}

    def rows(self, layer: str, table: str, month: date) -> int:
        """Rows of a month."""
        return self.lake.rows(("b2b", layer, table), [month])

    def forget_files(self) -> None:
        """Has the next refresh read every file in full, as after a delivery of new ones."""
        shutil.rmtree(Path(self.deployment.lake) / "b2b" / "landing", ignore_errors=True)


def company_in(folder: Path, landing: Path, defs: Path = DEFS) -> Company:
    """The domain with lake and instance in a folder."""
    return Company(deployment_in(folder, landing), defs)


def altered_domain(folder: Path, *, start: date | None = None, only_consolidation: bool = False) -> Path:
    """A copy of the domain's YAML from another first month on, or without segmentations and recommendations."""
    shutil.copytree(DEFS / "b2b", folder / "b2b")
    path = folder / "b2b" / "defs.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    attributes = settings["attributes"]
    if start:
        attributes["start"] = f"{start:%Y-%m}"
    if only_consolidation:
        del attributes["segmentations"], attributes["recommendations"]
    path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def told(accounts: dict[str, dict[str, int]]) -> list[str]:
    """The accounts as lines of a table, to be printed."""
    columns = (*PLACES, "elsewhere")
    lines = [f"  {'source':<20}" + "".join(f"{name:>18}" for name in columns)]
    for source, account in sorted(accounts.items()):
        lines.append(f"  {source:<20}" + "".join(f"{account[name]:>18,}" for name in columns))
    return lines


def _numbers(check: dg.AssetCheckEvaluation) -> dict[str, int]:
    found: dict[str, Any] = {name: value.value for name, value in check.metadata.items()}
    account = {name: int(found[name]) for name in PLACES}
    account["elsewhere"] = sum(int(found[name]) for name in ELSEWHERE if name in found)
    landed, *placed = account.values()
    assert landed == sum(placed), account
    return account
