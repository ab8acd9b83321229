"""Bronze to silver and quarantine: one computation a source, so that every row goes to exactly one of the two.

Belongs here: running the stages of `transforms.conform` month by month, and the account of the rows. Does not belong
here: what makes a row acceptable.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.conform import conform
from arcana_assets.landing.streaming import Conforming
from arcana_assets.landing.tables import quarantine_table, silver_table

ACCOUNT, REFUSED = "rows_accounted_for", "few_rows_refused"
# Dirt is a few rows in a hundred; where most rows are refused the contract is wrong: a format, a mark, a rule.
MOST_REFUSED = 0.5


def silver_asset(spec: DomainSpec, contract: Contract) -> dg.AssetsDefinition:
    """The silver and quarantine assets of a source."""
    domain, keys = spec.domain, {layer: spec.key(layer, contract.name) for layer in ("bronze", "silver", "quarantine")}

    @table_asset(
        spec,
        f"silver_{contract.name}",
        {"silver": silver_table(contract), "quarantine": quarantine_table(contract)},
        ins={"bronze": dg.AssetIn(keys["bronze"])},
        checks=[
            dg.AssetCheckSpec(
                ACCOUNT,
                asset=keys["silver"],
                blocking=True,
                description="Rows landed = rows in silver + rows in quarantine + exact duplicates"
                + (" + lines of the form that nobody filled in" if contract.filled_in else ""),
            ),
            dg.AssetCheckSpec(
                REFUSED, asset=keys["silver"], description=f"At most {MOST_REFUSED:.0%} of the rows are in quarantine"
            ),
        ],
    )
    def silver(context: dg.AssetExecutionContext, bronze: ir.Table, lake: Lake, engine: Engine) -> Iterator[Any]:
        run = Run.of(context, domain)
        months = list(run.months)
        with failures(), closing(Conforming(engine, bronze, contract, run)) as conforming:
            yield dg.Output(
                conforming.silver, output_name="silver", metadata={"dagster/column_lineage": _lineage(spec, contract)}
            )
            with engine.cache(conforming.quarantine()) as quarantine:
                reasons = _reasons(quarantine, engine)
                yield dg.Output(quarantine, output_name="quarantine", metadata={"reasons": reasons})
            landed, kept, held = (lake.rows(keys[layer].path, months) for layer in ("bronze", "silver", "quarantine"))
            unfilled = _not_filled_in(bronze, contract, engine)
        copies = conforming.duplicates.total()
        yield dg.AssetCheckResult(
            asset_key=keys["silver"],
            check_name=ACCOUNT,
            passed=landed == kept + held + copies + unfilled,
            description=f"{landed} landed = {kept} silver + {held} quarantined + {copies} exact duplicates"
            + (f" + {unfilled} not filled in" if contract.filled_in else ""),
            metadata={
                "landed": landed,
                "silver": kept,
                "quarantined": held,
                "exact_duplicates": copies,
                **({"not_filled_in": unfilled} if contract.filled_in else {}),
            },
        )
        yield _few_refused(keys["silver"], landed - unfilled, held, reasons)

    return silver


def _few_refused(key: dg.AssetKey, landed: int, held: int, reasons: dict[str, int]) -> dg.AssetCheckResult:
    share = held / landed if landed else 0.0
    why = f"; the most frequent reason: {next(iter(reasons))}" if reasons else ""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=REFUSED,
        passed=share <= MOST_REFUSED,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{share:.1%} of the rows are in quarantine{why}",
        metadata={"share": share},
    )


def _not_filled_in(bronze: ir.Table, contract: Contract, engine: Engine) -> int:
    if not contract.filled_in:
        return 0
    return int(engine.backend.execute(bronze.filter(~conform.is_filled_in(bronze, contract)).count()))


def _reasons(refused: ir.Table, engine: Engine) -> dict[str, int]:
    """Refused rows by the kind of reason (its words without the value found), the most frequent first."""
    each = refused.select(reason=refused._reasons.unnest())
    kind = each.reason.re_replace(r"(?s): '.*' is ", ": is ").re_replace(r"(?s),? found .*$", "")
    kinds = each.mutate(reason=kind.substr(0, 100))
    counted = kinds.group_by("reason").agg(rows=kinds.count()).order_by(ibis.desc("rows"), "reason").limit(20)
    return {row["reason"]: row["rows"] for row in engine.backend.to_pyarrow(counted).to_pylist()}


def _lineage(spec: DomainSpec, contract: Contract) -> dg.TableColumnLineage:
    bronze = spec.key("bronze", contract.name)
    columns = {name: [(bronze, raw) for raw in contract.origin(name)] for name in contract.schema_.names}
    columns["month"] = [(bronze, "month")]
    return lineage({name: sources for name, sources in columns.items() if sources})
