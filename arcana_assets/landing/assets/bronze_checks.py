"""Checks of bronze: whether the rows of the files are there, whether some wait, whether a delivery is whole.

Belongs here: what each check says, and its verdict from numbers and names. Does not belong here: the asset that they
guard (`bronze`), counting (`files.inventory`, `lake`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import dagster as dg

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import spelled
from arcana_assets.landing.files.parts import account
from arcana_assets.landing.files.records import Inventory
from arcana_assets.landing.zone import LandingFile

COMPLETE, UNKNOWN, COPIES = "every_row_landed", "no_unknown_columns", "no_copies_or_vanished_files"
READ = "every_file_read"
WAITING, FUTURE, PARTS = "no_rows_waiting", "no_rows_of_the_future", "no_file_missing"
NAMED = 5  # files that the words of a check name; its metadata has all


def specs(key: dg.AssetKey, contract: Contract) -> list[dg.AssetCheckSpec]:
    """The checks of a source's bronze."""
    words = {
        READ: "Every file can be read; of one that cannot, bronze keeps the rows that it has from before",
        COMPLETE: "Rows in the files of these months = rows in bronze + rows of erased customers",
        UNKNOWN: "The files have no column that the contract does not speak of",
        COPIES: "No file was delivered twice under two names or taken away again",
    }
    if contract.dated:
        words[WAITING] = "Bronze holds as many rows of each month that has begun as the files have now"
        words[FUTURE] = "No file has rows of months that have not begun; they wait for them"
    if contract.landing.files:
        words[PARTS] = f"The delivery has all of its files, which are {contract.landing.files}; copies do not count"
    return [
        dg.AssetCheckSpec(name, asset=key, blocking=name == COMPLETE, description=text) for name, text in words.items()
    ]


def every_file(key: dg.AssetKey, inventory: Inventory) -> dg.AssetCheckResult:
    """Fails where files cannot be read; what the others hold goes on, so this blocks nothing."""
    unread, delivered = inventory.unread, len(inventory.files) + len(inventory.copies) + len(inventory.unread)
    named = [f"{unread[path]} ({_kept_of(inventory, path)})" for path in sorted(unread)]
    more = f". And {len(named) - NAMED} more" if len(named) > NAMED else ""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=READ,
        passed=not unread,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(unread)} of {delivered} files cannot be read; the rows of the others went on. "
        f"{'. '.join(named[:NAMED])}{more}. Mend the contract or the file, or take the file away; then refresh again"
        if unread
        else f"{delivered} files, each read",
        metadata={"unread": dict(unread), "kept": {path: _spelt(months) for path, months in inventory.kept.items()}},
    )


def _kept_of(inventory: Inventory, path: str) -> str:
    months = inventory.kept.get(path, {})
    if not months:
        return f"no row of {path} is in bronze"
    return f"bronze keeps the {sum(months.values())} rows that it has of {path}, of {spelled([*months])}"


def _spelt(months: Mapping[date, int]) -> dict[str, int]:
    return {f"{month:%Y-%m}": rows for month, rows in sorted(months.items())}


def complete(
    key: dg.AssetKey, landed: int, kept: int, erased: int, files: Iterable[LandingFile]
) -> dg.AssetCheckResult:
    """Whether bronze has as many rows of the months of the run as the files; `files` are those that have any.

    Rows of erased customers are not in bronze, and are none that it lacks.
    """
    words = f"{landed} rows in the files, {kept} in bronze"
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=COMPLETE,
        passed=landed == kept + erased,
        description=words + (f", {erased} of erased customers" if erased else ""),
        metadata={
            "rows_in_files": landed,
            "rows_in_bronze": kept,
            **({"erased": erased} if erased else {}),
            "files": sorted(file.path for file in files),
        },
    )


def unknown(key: dg.AssetKey, columns: Sequence[str]) -> dg.AssetCheckResult:
    """Warns of columns that no contract speaks of."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=UNKNOWN,
        passed=not columns,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"columns": list(columns)},
    )


def copies(key: dg.AssetKey, inventory: Inventory, held: Collection[str]) -> dg.AssetCheckResult:
    """Warns of files that came twice or were taken away; `held` are those that bronze had rows of before the run."""
    vanished = sorted({*inventory.vanished, *(set(held) - inventory.delivered)})
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=COPIES,
        passed=not inventory.copies and not vanished,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"copies": dict(inventory.copies), "vanished": vanished},
    )


def all_parts(key: dg.AssetKey, inventory: Inventory, expected: int, required: bool) -> dg.AssetCheckResult:
    """Fails where the delivery is not whole; what there is of it goes on, so this blocks nothing."""
    paths = sorted((*(file.path for file in inventory.files), *inventory.unread))
    found = account(expected, paths, inventory.copies, required)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=PARTS,
        passed=found.complete,
        severity=dg.AssetCheckSeverity.ERROR,
        description=found.words,
        metadata={"expected": expected, "found": len(paths), "missing": found.missing},
    )


def waiting(key: dg.AssetKey, delivered: Mapping[date, int], held: Mapping[date, int]) -> dg.AssetCheckResult:
    """Warns of months whose rows in the files are not as many as those of bronze."""
    differing = {
        f"{month:%Y-%m}": f"{rows} rows in the files, {held[month]} in bronze"
        for month, rows in delivered.items()
        if rows != held[month]
    }
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=WAITING,
        passed=not differing,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"refresh {', '.join(differing)}" if differing else "no month waits",
        metadata={"months": differing},
    )


def future(key: dg.AssetKey, waiting: Mapping[str, Mapping[date, int]]) -> dg.AssetCheckResult:
    """Warns of files with rows of months that have not begun, and says how many rows of which months."""
    spelt = {path: _spelt(months) for path, months in waiting.items()}
    named = [
        f"{path}: {', '.join(f'{rows} of {month}' for month, rows in months.items())}"
        for path, months in sorted(spelt.items())
    ]
    rows = sum(sum(months.values()) for months in waiting.values())
    more = f"; and {len(named) - NAMED} more files" if len(named) > NAMED else ""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=FUTURE,
        passed=not waiting,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{rows} rows wait for months that have not begun: {'; '.join(named[:NAMED])}{more}"
        if waiting
        else "no row waits for its month",
        metadata={"waiting": rows, "files": spelt},
    )
