"""Who went from which segment to which, and what they are worth: two months of a few customers."""

import random
import re
from collections import Counter
from datetime import date

import ibis
import pyarrow as pa
import pytest

from arcana_assets.segmentation.movement.migration import customers_value, segment_migration
from arcana_assets_tests.engine.dialects import statements

JANUARY, FEBRUARY, MARCH = (date(2011, month, 1) for month in (1, 2, 3))
SEGMENTS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("segment_id", pa.int64()),
        ("persona", pa.string()),
        ("move", pa.string()),
    ]
)
FEATURES = pa.schema([("customer_id", pa.string()), ("month", pa.date32()), ("monetary", pa.float64())])
PERSONAS = {0: "Sem segmento", 1: "VIPs", 2: "Novatos"}

# customer, segment by month, value by month
BASE = {
    "ana": ((1, 1, 1), (100.0, 110.0, 120.0)),
    "bia": ((1, 2, 2), (50.0, 20.25, 20.0)),
    "caio": ((1, 2, 1), (40.0, 30.5, 90.0)),
    "davi": ((2, None, 2), (7.0, None, 9.0)),
    "eva": ((None, 2, 2), (None, float("nan"), None)),
}
MOVES = {("bia", FEBRUARY): "comportamento", ("caio", FEBRUARY): "modelo", ("caio", MARCH): "ambos"}


def segments(base=BASE, segmentation="valor", months=(JANUARY, FEBRUARY, MARCH)):
    return [
        {"customer_id": name, "month": month, "segmentation": segmentation, "segment_id": each}
        | {"persona": PERSONAS[each], "move": MOVES.get((name, month), "nenhuma")}
        for name, (ids, _) in base.items()
        for month, each in zip(months, ids, strict=True)
        if each is not None
    ]


def features(base=BASE):
    return [
        {"customer_id": name, "month": month, "monetary": value}
        for name, (ids, values) in base.items()
        for month, each, value in zip((JANUARY, FEBRUARY, MARCH), ids, values, strict=True)
        if each is not None
    ]


def table(rows, schema):
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


@pytest.fixture
def moves(rows_of):
    """The rows of a migration as tuples: month, pair of ids, customers, value, by behaviour, by model."""

    def compute(months, of=None, worth=None, axes=None):
        known = customers_value(table(worth or features(), FEATURES), axes or {"valor": "monetary"})
        rows = rows_of(segment_migration(table(of or segments(), SEGMENTS), known, months))
        for row in rows:
            for side in ("from", "to"):
                assert row[f"{side}_persona"] == PERSONAS.get(row[f"{side}_segment_id"])
        columns = ("month", "from_segment_id", "to_segment_id", "customers", "value", "by_behaviour", "by_model")
        return [tuple(row[name] for name in columns) for row in rows]

    return compute


def test_each_pair_of_segments_has_its_customers_their_value_now_and_what_the_move_is_due_to(moves):
    assert moves([FEBRUARY]) == [
        (FEBRUARY, 1, 1, 1, 110.0, 0, 0),
        (FEBRUARY, 1, 2, 2, 50.75, 1, 1),
        (FEBRUARY, 2, None, 1, 7.0, 0, 0),  # davi left with what he was worth in January
        (FEBRUARY, None, 2, 1, 0.0, 0, 0),  # eva is new, and what she is worth is not known
    ]


def test_a_move_due_to_both_is_counted_for_neither_alone(moves):
    assert [row for row in moves([MARCH]) if row[1:3] == (2, 1)] == [(MARCH, 2, 1, 1, 90.0, 0, 0)]


def test_a_run_of_two_months_makes_the_rows_of_both(moves):
    assert moves([FEBRUARY, MARCH]) == moves([FEBRUARY]) + moves([MARCH])


def test_in_the_first_month_everybody_is_new(moves):
    assert moves([JANUARY]) == [(JANUARY, None, 1, 3, 190.0, 0, 0), (JANUARY, None, 2, 1, 7.0, 0, 0)]


def test_who_was_not_there_the_month_before_is_new_even_if_known_from_earlier(moves):
    assert (MARCH, None, 2, 1, 9.0, 0, 0) in moves([MARCH])


def test_each_segmentation_has_moves_and_values_of_its_own(rows_of):
    both = table([*segments(), *segments({"ana": ((2, 1, 1), ())}, "uso")], SEGMENTS)
    worth = table(features(), FEATURES).mutate(logins=ibis.literal(3.0))
    known = customers_value(worth, {"valor": "monetary", "uso": "logins"})
    rows = rows_of(segment_migration(both, known, [FEBRUARY]))
    customers = Counter()
    for row in rows:
        customers[row["segmentation"]] += row["customers"]
    assert customers == {"uso": 1, "valor": 5}
    assert [(r["from_segment_id"], r["to_segment_id"], r["value"]) for r in rows if r["segmentation"] == "uso"] == [
        (2, 1, 3.0)
    ]


def test_a_segmentation_without_an_axis_has_customers_and_no_value(moves):
    assert moves([FEBRUARY], segments(segmentation="combinada"))[0] == (FEBRUARY, 1, 1, 1, None, 0, 0)
    assert moves([FEBRUARY], axes={"valor": "gone"})[0] == (FEBRUARY, 1, 1, 1, None, 0, 0)


def test_customers_in_no_segment_move_like_all_others(moves):
    assert moves([FEBRUARY], segments({"ana": ((0, 1, 1), ())})) == [(FEBRUARY, 0, 1, 1, 110.0, 0, 0)]


def test_infinite_values_are_worth_nothing(moves):
    base = {"ana": ((1, 1, 1), (1.0, float("inf"), 1.0)), "dora": ((1, 1, 1), (1.0, -2.5, 1.0))}
    assert moves([FEBRUARY], segments(base), features(base)) == [(FEBRUARY, 1, 1, 2, -2.5, 0, 0)]


def test_values_add_up_to_the_same_number_in_any_order_of_rows(moves):
    base = {f"c{n}": ((1, 1, 1), (0.0, 0.1 * 10 ** (n % 9), 0.0)) for n in range(2000)}
    rows, worth = segments(base), features(base)
    first = moves([FEBRUARY], rows, worth)
    random.Random(5).shuffle(rows)
    random.Random(6).shuffle(worth)
    assert moves([FEBRUARY], rows, worth) == first


EXPRESSION = segment_migration(
    ibis.table(ibis.Schema.from_pyarrow(SEGMENTS), name="segments"),
    customers_value(ibis.table(ibis.Schema.from_pyarrow(FEATURES), name="features"), {"a": "monetary", "b": "gone"}),
    [FEBRUARY, MARCH],
)


def test_the_expression_compiles_for_duckdb_and_for_spark_and_takes_no_row_by_chance():
    for dialect, statement in statements(EXPRESSION).items():
        assert "FULL OUTER JOIN" in statement, dialect
        assert not re.search(r"\b(FIRST|ANY_VALUE|ARBITRARY)\(", statement)


def test_the_types_that_duckdb_makes_are_those_of_the_expression(backend):
    whole = table(segments(), SEGMENTS), customers_value(table(features(), FEATURES), {"valor": "monetary"})
    expression = segment_migration(*whole, [FEBRUARY])
    made = [str(kind) for kind in backend.con.sql(backend.to_sql(expression)).types]
    assert dict(zip(expression.columns, made, strict=True)) == {
        "month": "DATE",
        "segmentation": "VARCHAR",
        "from_segment_id": "BIGINT",
        "from_persona": "VARCHAR",
        "to_segment_id": "BIGINT",
        "to_persona": "VARCHAR",
        "customers": "BIGINT",
        "value": "DOUBLE",
        "by_behaviour": "BIGINT",
        "by_model": "BIGINT",
    }
