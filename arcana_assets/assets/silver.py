"""Bronze to silver and quarantine: one computation a source, so that every row goes to exactly one of the two.

Belongs here: running the stages of `transforms.conform` month by month, and the account of the rows. Does not belong
here: what makes a row acceptable.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.assets.spec import DomainSpec, Run, entity_columns, lineage
from arcana_assets.domain.contract import Contract
from arcana_assets.resources.engine import Engine, quoted
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_io import failures
from arcana_assets.resources.lake_schema import MONTH
from arcana_assets.resources.set_aside import SetAside
from arcana_assets.resources.stages import Stages
from arcana_assets.transforms import conform
from arcana_assets.transforms.rules import ENTITY

ACCOUNT, REFUSED = "rows_accounted_for", "few_rows_refused"
# Dirt is a few rows in a hundred; where most rows are refused the contract is wrong: a format, a mark, a rule.
MOST_REFUSED = 0.5
SAMPLE = 1_000


def silver_asset(spec: DomainSpec, contract: Contract) -> dg.AssetsDefinition:
    """The silver and quarantine assets of a source."""
    domain, keys = spec.domain, {layer: spec.key(layer, contract.name) for layer in ("bronze", "silver", "quarantine")}

    @dg.multi_asset(
        name=f"{domain.name}_silver_{contract.name}",
        ins={"bronze": dg.AssetIn(keys["bronze"])},
        outs={
            "silver": spec.out(
                "silver",
                contract.name,
                f"{contract.schema_.name.capitalize()}: {contract.schema_.grain}, typed and checked.",
                columns=entity_columns(contract.schema_),
            ),
            "quarantine": spec.out(
                "quarantine",
                contract.name,
                f"Refused rows of {contract.name} as they came, with the list of reasons in `_reasons`.",
            ),
        },
        check_specs=[
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
        **spec.options,
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


class Conforming:
    """Conforms bronze one month after the other while silver is streamed; refused rows wait aside until it is written.

    The stages are compiled once, over a view that shows one month after the other: compiling them costs more than a
    month's rows do. They run once a month, as one query whose rows are sorted here as they come: what it groups and
    joins is kept on disk where it does not fit the engine's memory, and no table of them is made on the way.
    """

    def __init__(self, engine: Engine, bronze: ir.Table, contract: Contract, run: Run) -> None:
        self.duplicates: Counter[str] = Counter()
        self._bronze, self._contract, self._period = bronze, contract, run.period
        self._empty = _empty(bronze, engine)
        self._connection, self._shown = engine.backend.con, f"month@{id(self)}"
        sql, period = engine.backend.to_sql, self._period
        self._months = {str(month): sql(bronze.filter(bronze.month == ibis.literal(month))) for month in run.months}
        self._show(next(iter(self._months)))
        self._stages = Stages(
            engine,
            ibis.table(bronze.schema(), name=self._shown),
            partial(conform.without_duplicates, empty=self._empty),
            *([partial(conform.filled_in, contract=contract)] if contract.filled_in else []),
            partial(conform.read, contract=contract, period=period),
            partial(conform.completed, contract=contract),
            partial(conform.judged, contract=contract, period=period),
            conform.sorted_out,
        )
        self._sorted = engine.query(self._stages.result)
        self._schema = engine.query(conform.silver(self._stages.result, contract)).schema()
        self._columns = [MONTH, *(ENTITY + name for name in self._schema.names if name != MONTH)]
        self._refused = SetAside(engine, self._stages.result)

    def silver(self) -> pa.RecordBatchReader:
        """Accepted rows of all months, as a stream; calling it again starts over."""
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        self.duplicates.clear()
        self._refused.clear()
        for month in self._months:
            self._show(month)
            with self._sorted.batches() as reader:
                for batch in reader:
                    self.duplicates[month] += (pc.sum(batch["_copies"]).as_py() or 0) - batch.num_rows
                    refused = batch["_refused"]
                    if refused.true_count:
                        self._refused.add(batch.filter(refused))
                        batch = batch.filter(pc.invert(refused))
                    yield pa.RecordBatch.from_arrays([batch[name] for name in self._columns], schema=self._schema)

    def _show(self, month: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(self._shown)} AS {self._months[month]}")

    def quarantine(self) -> ir.Table:
        """Refused rows of all months; there once silver was streamed to its end."""
        refused = conform.refused(self._refused.table, self._contract, self._period)
        return conform.quarantine(refused, self._bronze, self._empty)

    def close(self) -> None:
        """Drops what was kept aside."""
        self._refused.close()
        self._stages.close()
        self._connection.execute(f"DROP VIEW IF EXISTS {quoted(self._shown)}")


def _empty(bronze: ir.Table, engine: Engine) -> list[str]:
    """The text columns that hold nothing in any row. Few rows show which it might be, so few columns are read."""
    columns, rows = [name for name, kind in bronze.schema().items() if kind.is_string()], bronze.limit(SAMPLE)
    for table in (rows, bronze):
        if columns:
            [held] = engine.backend.to_pyarrow(
                table.agg([table[name].count().name(name) for name in columns])
            ).to_pylist()
            columns = [name for name in columns if not held[name]]
    return columns


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
