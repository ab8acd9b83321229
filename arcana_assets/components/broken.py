"""A domain that cannot be read, as Dagster shows it: no table, no job, and a check that is red and says why.

Belongs here: what stands in the place of its definitions. Does not belong here: that the other domains go on
(`catalogue.domains`), who is told (`alerts`).
"""

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import dagster as dg

from arcana_assets.catalogue.domains import domains_of, folders_of

CHECK = "domain_can_be_read"
SENSOR = "broken_domains"
LOG = logging.getLogger(__name__)


def broken_definitions(broken: Mapping[str, str], folders: Sequence[str | Path]) -> dg.Definitions:
    """For each broken domain the asset `<name>/domain`, which no run makes, with a check of it that fails.

    `broken` says why, by name; `folders` is where all domains lie. A sensor, always on, has each check evaluated once
    without a run, so that it is red as soon as the definitions are loaded. Each is warned of in the log of the process.
    """
    if not broken:
        return dg.Definitions()
    for name, why in broken.items():
        LOG.warning("the domain %s cannot be read, and the others go on without it:\n%s", name, why)
    keys, places = _keys(broken), folders_of(folders).places
    return dg.Definitions(
        assets=[_spec(keys[name], why) for name, why in broken.items()],
        asset_checks=[_check(name, keys[name], folders, places.get(name, ())) for name in broken],
        sensors=[_sensor({keys[name]: why for name, why in broken.items()})],
    )


def _keys(names: Iterable[str]) -> dict[str, dg.AssetKey]:
    """The key of each, by its folder's name, of which Dagster makes the name of a step; those of two alike differ."""
    plain = {name: re.sub(r"\W+", "_", Path(name).name, flags=re.ASCII).strip("_") or "unnamed" for name in names}
    often = Counter(plain.values())
    apart = {
        name: word if often[word] == 1 else f"{word}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        for name, word in plain.items()
    }
    return {name: dg.AssetKey([word, "domain"]) for name, word in apart.items()}


def _spec(key: dg.AssetKey, why: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        description=f"Cannot be read, so nothing of it is here. `arcana check` says the same:\n\n{why}",
        group_name=f"{key.path[0]}_domain",
        kinds={"yaml"},
    )


def _check(
    name: str, key: dg.AssetKey, folders: Sequence[str | Path], places: Sequence[Path]
) -> dg.AssetChecksDefinition:
    """`places` are the folders of the domain as it was loaded; one that is gone is not right again."""

    @dg.asset_check(asset=key, name=CHECK, description="Reads the YAML of the domain again, as it is now")
    def can_be_read() -> dg.AssetCheckResult:
        if why := domains_of(folders).broken.get(name):
            return dg.AssetCheckResult(passed=False, description=why)
        if places and not any((place / "defs.yaml").exists() for place in places):
            return dg.AssetCheckResult(
                passed=False,
                description=f"{' and '.join(map(str, places))}: expected the folder of the domain with its defs.yaml, "
                "found none. Put it back, or reload the code location: nothing of it is there then",
            )
        return dg.AssetCheckResult(passed=True, description="It can be read again: reload the code location.")

    return can_be_read


def _sensor(checks: Mapping[dg.AssetKey, str]) -> dg.SensorDefinition:
    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Turns the check of each domain that cannot be read red.",
    )
    def broken_domains(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        keys = {dg.AssetCheckKey(asset, CHECK): why for asset, why in checks.items()}
        known = context.instance.event_log_storage.get_latest_asset_check_execution_by_key([*keys])
        last = {key: each.evaluation for key, each in known.items()}
        said = {key: each.description for key, each in last.items() if each is not None and not each.passed}
        new = [
            dg.AssetCheckEvaluation(asset_key=key.asset_key, check_name=key.name, passed=False, description=why)
            for key, why in keys.items()
            if said.get(key) != why
        ]
        skip = None if new else dg.SkipReason(f"still broken: {', '.join(each.path[0] for each in checks)}")
        return dg.SensorResult(asset_events=new, skip_reason=skip)

    return broken_domains
