"""Moves of two months: kept with what they are worth, added up, and told where a persona jumps."""

import dagster as dg
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.segmentation.definitions import segment_tables
from arcana_assets_tests.segmentation.assets.hundred import DECEMBER, JANUARY, MONTHS, told_of
from arcana_assets_tests.worlds.shop import checks, failure


def test_the_moves_of_a_month_are_kept_with_what_they_are_worth(base):
    december, january = base.fill()
    result = base.run(JANUARY)
    assert result.success, failure(result)
    rows = base.rows("segment_migration", JANUARY).to_pylist()
    assert [(row["from_segment_id"], row["to_segment_id"], row["customers"], row["by_behaviour"]) for row in rows] == [
        (1, 1, 30, 0),
        (2, 1, 25, 25),
        (2, 2, 44, 0),
        (2, None, 1, 0),
    ]
    now, before = january["monetary"], december["monetary"]
    worth = [now[:30].sum(), now[30:55].sum(), now[55:].sum(), before[99]]
    assert [row["value"] for row in rows] == pytest.approx(worth, abs=0.01)
    found = checks(result)["migration_adds_up"]
    assert (found.passed, found.blocking) == (True, True)
    name = base.name
    assert {key: value.value for key, value in found.metadata.items()} == {
        f"{name}_to": 99,
        f"{name}_to_expected": 99,
        f"{name}_from": 100,
        f"{name}_from_expected": 100,
    }
    metadata = told_of(result, "segment_migration")
    assert metadata["moved_value"].value == 25  # and one left, which is no move
    assert f"| {name} | 02-Médio | 01-VIPs | 25 |" in metadata["largest_moves"].value
    origins = metadata["dagster/column_lineage"].value.deps_by_column
    assert {(each.asset_key.path[-1], each.column_name) for each in origins["to_persona"]} == {("segments", "persona")}
    assert ("feature_matrix", "monetary") in {(e.asset_key.path[-1], e.column_name) for e in origins["value"]}


def test_both_months_in_one_run_are_those_of_a_run_each(base):
    base.fill()
    assert base.run(*MONTHS).success
    tables = ("segment_migration", "feature_drift")
    together = {table: base.rows(table, *MONTHS).to_pylist() for table in tables}
    assert base.run(DECEMBER).success
    assert base.run(JANUARY).success
    for table in tables:
        assert base.rows(table, *MONTHS).to_pylist() == together[table]
        assert {row["month"] for row in together[table]} == set(MONTHS)


def test_a_persona_that_jumped_and_passed_its_limits_is_named_in_warnings(base):
    base.fill()
    result = base.run(*MONTHS)
    assert result.success
    found = checks(result)
    limits, jumped = found["segments_within_share_limits"], found["no_persona_jumps"]
    assert [(check.passed, check.severity) for check in (limits, jumped)] == [(False, dg.AssetCheckSeverity.WARN)] * 2
    assert limits.description == (
        f"2011-01, {base.name}: '01-VIPs' tem 55,6 % dos clientes, mais que o máximo de 50,0 %."
    )
    assert jumped.description == (
        f"2011-01, {base.name}: '01-VIPs' cresceu de 30,0 % para 55,6 % dos clientes; dos 25 clientes que entraram, "
        f"25 vieram de '02-Médio'. 2011-01, {base.name}: '02-Médio' caiu de 70,0 % para 44,4 % dos clientes; dos 26 "
        "clientes que saíram, 25 foram para '01-VIPs'."
    )
    assert jumped.metadata["count"].value == 2


def test_the_first_month_passes_all_checks(base):
    base.fill()
    result = base.run(DECEMBER)
    assert {name: check.passed for name, check in checks(result).items()} == {
        "as_declared": True,
        "migration_adds_up": True,
        "segments_within_share_limits": True,
        "no_persona_jumps": True,
        "features_keep_their_distribution": True,
    }


def test_moves_that_do_not_add_up_stop_the_run(base):
    base.fill([*base.segments(), base.segments()[0]])  # a customer twice
    found = checks(base.run(*MONTHS))["migration_adds_up"]
    assert (found.passed, found.blocking, found.severity) == (False, True, dg.AssetCheckSeverity.ERROR)
    assert f"2010-12, {base.name}: 101 clientes na migração, 100 no mês" in found.description


def test_a_domain_without_segmentations_has_neither_table():
    domain = load_domain(DEFS / "retail").model_copy(update={"segmentations": []})
    assert segment_tables(DomainSpec(domain, DEFS / "retail")) == []
