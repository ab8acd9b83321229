"""Rows of periods, of conditions and from before the start: each is counted as what it is, and as no repeated row."""

import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.months import Period
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.tables import quarantine_table
from arcana_assets.presentation.language import language_of
from arcana_assets.profile.finding import OF_ROWS, aside, by_source, summed, told_of_rows
from arcana_assets.profile.sources import Source, refused_rows, rows_of_sources
from arcana_assets_tests.landing.conform.bronze_rows import GOOD, MAY, PERIOD, Conformed, bronze, contract
from arcana_assets_tests.landing.conform.test_in_force import COLUMNS, GIVEN, ROW

EARLY = Period(MAY, PERIOD.as_of, PERIOD.timezone)


def source(lake: Lake, engine: Engine, of, *rows) -> Source:
    """The three tables of some bronze rows of May."""
    made = Conformed(engine.backend, of, *rows, period=EARLY)
    held = [{name: row[name] for name in ("month", "_reasons", *of.raw_columns)} for row in made.quarantine]
    kinds = {"month": pa.date32(), "_reasons": pa.list_(pa.string())} | dict.fromkeys(of.raw_columns, pa.string())
    kinds |= {"_malformed": pa.string(), "_file": pa.string(), "_line": pa.int64()}
    tables = (
        bronze(of, *rows),
        pa.table({"month": pa.array([MAY] * len(made.silver), pa.date32()), "n": [*range(len(made.silver))]}),
        pa.Table.from_pylist([dict.fromkeys(kinds) | row for row in held], schema=pa.schema(kinds)),
    )
    read = list[ir.Table]()
    for layer, table in zip(("bronze", "silver", "quarantine"), tables, strict=True):
        key = ("mine", layer, of.name)
        lake.write(key, table, [MAY], engine=engine, run_id="test")
        read.append(lake.read(key, [MAY], engine))
    return Source(of, quarantine_table(of), *read)


def counted(engine: Engine, each: Source) -> dict[str, int]:
    found = rows_of_sources(engine, [each])
    assert {row["month"] for row in found} == {MAY}
    of = by_source(found)[each.contract.name]
    assert of["landed"] == sum(of[item] for item in OF_ROWS[1:])
    return {item: of[item] for item in OF_ROWS}


def test_periods_not_in_force_and_rows_that_the_source_is_not_of_are_left_out_and_not_repeated(lake, engine):
    of = contract(COLUMNS, "subscriptions", name="plans", **GIVEN, where={"product": {"not_in": ["trial"]}})
    rows = [
        {"id": "s1", "start": "2011-01-01"},
        {"id": "s1", "start": "2011-01-01"},
        {"id": "s2", "start": "2011-01-01", "end": "2011-02-01"},  # over
        {"id": "s3", "start": "2011-01-01", "plan": "trial"},
        {"id": "s4", "start": ""},
    ]
    found = counted(engine, source(lake, engine, of, *(ROW | row for row in rows)))
    assert found == {"landed": 5, "accepted": 1, "refused": 1, "before_start": 0, "left_out": 2, "doubled": 1}


def test_lines_of_a_form_that_nobody_filled_in_are_left_out(lake, engine):
    of = contract(name="sales", filled_in=["quantity"])
    rows = [GOOD, GOOD, GOOD | {"order": "2", "pieces": ""}, GOOD | {"order": "3", "pieces": ""}]
    found = counted(engine, source(lake, engine, of, *rows))
    assert found == {"landed": 4, "accepted": 1, "refused": 0, "before_start": 0, "left_out": 2, "doubled": 1}


def test_rows_from_before_the_start_are_no_refused_ones_and_their_reason_is_told(lake, engine):
    of = contract(name="sales")
    each = source(
        lake, engine, of, GOOD, GOOD | {"order": "2", "day": "2011-04-04"}, GOOD | {"order": "3", "day": "2011-03-01"}
    )
    found = counted(engine, each)
    assert found == {"landed": 3, "accepted": 1, "refused": 0, "before_start": 2, "left_out": 0, "doubled": 0}
    [told] = refused_rows(engine, [each], rows_of_sources(engine, [each]))
    assert (told["item"], told["value"]) == ("ordered_at: is before the domain's start, 2011-05", 2)


def test_what_is_rare_is_shown_and_said_where_there_is_any():
    usual = dict(zip(OF_ROWS, (8, 4, 2, 0, 0, 2), strict=True))
    assert told_of_rows(usual) == ["landed", "accepted", "refused", "doubled"]
    assert aside(usual, language_of("en")) == ""
    total = summed({"a": usual | {"files": 1}, "b": usual | {"left_out": 2, "before_start": 4, "files": 1}})
    assert told_of_rows(total) == [*OF_ROWS]
    assert aside(total, language_of("en")) == ", 25.0% dated before the domain begins, 12.5% left out"
    assert aside(total, language_of("pt-BR")) == ", 25,0 % anteriores ao início do domínio, 12,5 % deixadas de fora"
