"""Rows of published files, on cases that a whole run would make hard to see."""

from datetime import date

import ibis
import pytest

from arcana_assets.publication import rows as publications
from arcana_assets_tests.engine.dialects import statements

MAY = date(2011, 5, 1)
CUSTOMERS = ibis.table({"customer_id": "string", "month": "date", "monetary": "decimal(18, 4)"}, name="customers")
SEGMENTS = ibis.table(
    {
        "customer_id": "string",
        "month": "date",
        "segmentation": "string",
        "segment_id": "int64",
        "persona": "string",
        "previous_segment_id": "int64",
        "distance": "float64",
    },
    name="segments",
)
PROFILES = ibis.table(
    {"month": "date", "segmentation": "string", "segment_id": "int64", "persona": "string", "customers": "int64"}
    | {"share": "float64", "mean_monetary": "float64", "lift_monetary": "float64"}
    | dict.fromkeys(("description", "typical_customers", "membership_rule", "actions", "form", "reason"), "string")
    | {"membership_fidelity": "float64", "confident": "boolean"},
    name="profiles",
)
RECOMMENDATIONS = ibis.table(
    {"customer_id": "string", "month": "date", "rank": "int64", "item_id": "string", "item_name": "string"}
    | {"score": "float64", "reason": "string", "segment": "string"}
    | dict.fromkeys(("probability", "ticket", "expected_value"), "float64"),
    name="recommendations",
)
OPPORTUNITIES = ibis.table(
    {"month": "date", "segment": "string", "item_id": "string", "item_name": "string"}
    | dict.fromkeys(("customers", "owners", "may_buy", "recommended_to"), "int64")
    | dict.fromkeys(("penetration", "ticket", "potential", "expected_value"), "float64"),
    name="opportunities",
)
OWNED = ibis.table(
    {"customer_id": "string", "month": "date", "item_id": "string", "item_name": "string", "recent": "boolean"},
    name="owned",
)
EXPRESSIONS = {
    "base_analitica": publications.base_analitica(CUSTOMERS, SEGMENTS, MAY, ["value", "habits"]),
    "clientes_por_segmento": publications.clientes_por_segmento(SEGMENTS, PROFILES, CUSTOMERS, MAY, ["monetary"]),
    "recomendacoes_por_cliente": publications.recomendacoes_por_cliente(RECOMMENDATIONS, MAY),
    "recomendacoes_por_segmento": publications.recomendacoes_por_segmento(OPPORTUNITIES, MAY, 50),
    "produtos_por_segmento": publications.produtos_por_segmento(OWNED, SEGMENTS, MAY, 20),
    "resumo_dos_segmentos": publications.resumo_dos_segmentos(PROFILES, MAY),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_publication_compiles_for_duckdb_and_for_spark(name):
    for dialect, statement in statements(EXPRESSIONS[name]).items():
        assert "ORDER BY" in statement, dialect


def segments(*rows):
    """(customer, segmentation, segment)."""
    return ibis.memtable(
        [
            {
                "customer_id": customer,
                "month": MAY,
                "segmentation": segmentation,
                "segment_id": segment,
                "persona": f"{segmentation}-{segment}",
                "previous_segment_id": None,
                "distance": 0.0,
            }
            for customer, segmentation, segment in rows
        ],
        schema=SEGMENTS.schema(),
    )


def owned(*rows):
    """(customer, item, recent)."""
    return ibis.memtable(
        [
            {"customer_id": customer, "month": MAY, "item_id": item, "item_name": item.upper(), "recent": recent}
            for customer, item, recent in rows
        ],
        schema=OWNED.schema(),
    )


def test_who_has_no_segment_keeps_the_row(rows_of):
    customers = ibis.memtable(
        [{"customer_id": name, "month": MAY, "monetary": 1} for name in ("bob", "ana")], schema=CUSTOMERS.schema()
    )
    mine = segments(("ana", "value", 1), ("ana", "habits", 3))
    rows = rows_of(publications.base_analitica(customers, mine, MAY, ["value", "habits"]))
    assert [(row["customer_id"], row["persona_value"], row["persona_habits"]) for row in rows] == [
        ("ana", "value-1", "habits-3"),
        ("bob", None, None),
    ]


def test_items_of_as_many_owners_are_ranked_by_who_got_them_recently_then_by_code(rows_of, backend):
    mine = segments(("ana", "value", 1), ("bob", "value", 1), ("cid", "value", 2), ("ana", "habits", 1))
    items = owned(
        *(("ana", "b", False), ("bob", "b", True)),
        *(("ana", "c", True), ("bob", "c", True)),
        *(("ana", "a", True), ("bob", "a", False)),
        *(("ana", "d", True), ("cid", "d", False)),
    )
    rows = rows_of(publications.produtos_por_segmento(items, mine, MAY, 3))
    found = [(row["segmentation"], row["segment_id"], row["rank"], row["item_id"]) for row in rows]
    assert found == [
        *(("habits", 1, 1, "a"), ("habits", 1, 2, "c"), ("habits", 1, 3, "d")),
        *(("value", 1, 1, "c"), ("value", 1, 2, "a"), ("value", 1, 3, "b")),
        ("value", 2, 1, "d"),
    ]
    assert backend.execute(publications.items_expected(items, mine, MAY, 3)) == len(rows)
    assert rows[0]["item_name"] == "A"


def test_no_owner_is_no_row(rows_of, backend):
    mine, items = segments(("ana", "value", 1)), owned(("bob", "a", True))
    assert rows_of(publications.produtos_por_segmento(items, mine, MAY, 3)) == []
    assert backend.execute(publications.items_expected(items, mine, MAY, 3)) == 0
