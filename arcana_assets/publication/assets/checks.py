"""What came of a publication: its checks, and what the UI is told of the files.

Belongs here: check results and metadata. Does not belong here: making the files (`files`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.deployment import is_s3
from arcana_assets.exports.editions import PublishedFile
from arcana_assets.graph.columns import ROWS_WRITTEN, lineage
from arcana_assets.graph.lineage import column_lineage
from arcana_assets.lake.reading import table_of
from arcana_assets.publication.drafts import Draft
from arcana_assets.tables.types import spelled_type

EVERY_ROW, NO_FORMULAS, FITS = "every_row_published", "no_formula_cells", "fits_a_workbook"


@dataclass(frozen=True)
class MonthPublished:
    """What became of a month: the draft, the rows expected, and its files where it passed the checks."""

    month: date
    draft: Draft
    expected: int
    files: tuple[PublishedFile, ...] = ()

    @property
    def every_row(self) -> bool:
        """Whether each file has the rows that the tables have."""
        return set(self.draft.rows_by_file.values()) == {self.expected}

    @property
    def no_formulas(self) -> bool:
        """Whether no cell of a file would be run."""
        return not any(self.draft.formulas_by_file.values())


def check_specs(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of every publication."""
    return [
        dg.AssetCheckSpec(
            EVERY_ROW,
            asset=key,
            blocking=True,
            description="The files, read back, have as many rows as the tables they are made from",
        ),
        dg.AssetCheckSpec(
            NO_FORMULAS, asset=key, blocking=True, description="No cell of the files would be run as a formula"
        ),
        dg.AssetCheckSpec(FITS, asset=key, description="Each month fits into a worksheet, so there is a workbook"),
    ]


def check_results(key: dg.AssetKey, made: Sequence[MonthPublished]) -> Iterator[dg.AssetCheckResult]:
    """What reading the files back found, over all months of a run."""
    short = [
        f"{each.month:%Y-%m}: {each.expected} expected, "
        + ", ".join(f"{rows} in the {ending}" for ending, rows in each.draft.rows_by_file.items())
        for each in made
        if not each.every_row
    ]
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=EVERY_ROW,
        passed=not short,
        description="; ".join(short) or f"{sum(each.expected for each in made)} rows",
        metadata={"rows": sum(each.expected for each in made)},
    )
    formulas = sum(sum(each.draft.formulas_by_file.values()) for each in made)
    yield dg.AssetCheckResult(asset_key=key, check_name=NO_FORMULAS, passed=not formulas, metadata={"cells": formulas})
    large = [
        f"{each.month:%Y-%m} has no workbook: {each.draft.left_out}; "
        f"{'these are' if each.draft.parts else 'the CSV file is'} complete"
        for each in made
        if each.draft.left_out
    ]
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=FITS,
        passed=not large,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(large) or None,
    )


def run_metadata(made: Sequence[MonthPublished], table: ir.Table) -> dict[str, Any]:
    """Metadata of all months of a run. `table` is the expression that the files are made of."""
    return {
        ROWS_WRITTEN: sum(each.expected for each in made),
        "dagster/column_schema": _schema(made[-1].draft),
        "dagster/column_lineage": _lineage(table),
        "rows_by_month": {f"{each.month:%Y-%m}": each.expected for each in made},
    }


def month_metadata(made: MonthPublished) -> dict[str, Any]:
    """Metadata of one month, to be plotted: rows, texts changed, size and hash by ending; why a workbook is missing."""
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": made.expected,
        "texts_cut_in_workbooks": made.draft.changes.cut,
        "texts_with_characters_replaced": made.draft.changes.replaced,
    }
    if made.draft.parts:
        index = next(file.uri for file in made.files if file.uri.rsplit("/", 1)[-1] not in made.draft.parts)
        return metadata | {"index": index, "rows_by_file": dict(made.draft.parts), "no_workbook": made.draft.left_out}
    for file in made.files:
        ending = file.uri.rsplit(".", 1)[-1]
        path = dg.MetadataValue.text if is_s3(file.uri) else dg.MetadataValue.path
        metadata |= {ending: path(file.uri), f"{ending}_bytes": file.bytes, f"{ending}_sha256": file.sha256}
    return metadata | ({"no_workbook": made.draft.left_out} if made.draft.left_out else {})


def _schema(draft: Draft) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                spelled_type(field.type),
                description=": ".join(filter(None, (column.label, column.description))),
            )
            for field, column in zip(draft.schema, draft.columns, strict=True)
        ]
    )


def _lineage(table: ir.Table) -> dg.TableColumnLineage:
    origins = column_lineage(table, table_of)
    return lineage(
        {column: [(dg.AssetKey(list(leaf)), name) for leaf, name in sorted(found)] for column, found in origins.items()}
    )
