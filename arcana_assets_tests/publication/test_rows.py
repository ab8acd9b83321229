"""Rows of published files, on cases that a whole run would make hard to see."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from arcana_assets.customer_360.identities import CUSTOMER_IDENTITIES
from arcana_assets.customer_360.outliers.tables import OUTLIERS as OF_OUTLIERS
from arcana_assets.loyalty.tables import MEMBERS
from arcana_assets.predictions.tables import PREDICTIONS as OF_PREDICTIONS
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
OUTLIERS = ibis.table(ibis.Schema.from_pyarrow(OF_OUTLIERS.arrow), name="outliers")
LEDGER = ibis.table(ibis.Schema.from_pyarrow(MEMBERS.arrow), name="ledger")
PREDICTIONS = ibis.table(ibis.Schema.from_pyarrow(OF_PREDICTIONS.arrow), name="predictions")
EXPRESSIONS = {
    "clientes_atipicos": publications.clientes_atipicos(
        OUTLIERS, CUSTOMERS, MAY, {"monetary": "Valor líquido"}, ["monetary"]
    ),
    "base_analitica": publications.base_analitica(CUSTOMERS, SEGMENTS, MAY, ["value", "habits"]),
    "clientes_por_segmento": publications.clientes_por_segmento(SEGMENTS, PROFILES, CUSTOMERS, MAY, ["monetary"]),
    "recomendacoes_por_cliente": publications.recomendacoes_por_cliente(RECOMMENDATIONS, MAY),
    "previsoes_por_cliente": publications.previsoes_por_cliente(
        PREDICTIONS, MAY, {"volta": "Volta"}, {"rfm": "RFV"}, {"ratio": "Fator"}, {"3 months": "3 meses"}
    ),
    "lista_de_fidelidade": publications.lista_de_fidelidade(LEDGER, PREDICTIONS, MAY, "gasto", 3),
    "lista_de_fidelidade without spend": publications.lista_de_fidelidade(LEDGER, None, MAY),
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


ATYPICAL = [  # grain, key, customer, rule, measure, value, centre, share of revenue
    ("customer", "ana", "ana", "robust_z", "monetary", 84_160.4, 523.0, 0.06),
    ("customer", "ana", "ana", "robust_z", "frequency", 54.0, 2.0, 0.06),
    ("customer", "ana", "ana", "isolation_forest", "together", 0.8, 0.4, 0.06),
    ("customer", "fay", "fay", "isolation_forest", "together", 0.8, 0.4, 0.002),
    ("customer", "bob", "bob", "robust_z", "monetary", -4_287.6, 523.0, 0.0),
    ("event", "C9 LAMP", "cy", "reversal_of_the_day", "reversed", 168_000.0, None, 0.2),
    ("event", "C9 BELL", "cy", "reversal_of_the_day", "reversed", 469.6, None, 0.0005),
    ("event", "70", "dan", "large_order", "order_value", 9_000.0, 300.0, 0.01),
    ("event", "71", "dan", "large_order", "order_value", 1_234_567.0, 300.0, 0.09),
    ("event", "74", "gil", "large_order", "order_value", 9_000.0, 300.0, 0.005),
    ("event", "72 LAMP", "eve", "large_line", "quantity", 900.0, 2.0, 0.001),
    ("event", "73", None, "large_order", "order_value", 9_000.0, 300.0, 0.01),
]


def test_atypical_customers_are_a_row_each_the_largest_first_with_all_reasons_in_words(rows_of, backend):
    names = ("grain", "key", "customer_id", "rule", "measure", "value", "centre", "share_of_revenue")
    made = [dict(zip(names, row, strict=True)) | {"month": MAY} for row in ATYPICAL]
    later = [made[0] | {"month": date(2011, 6, 1), "customer_id": "zoe", "key": "zoe"}]
    outliers = ibis.memtable(pa.Table.from_pylist(made + later, schema=OF_OUTLIERS.arrow))
    customers = ibis.memtable(
        pa.table({"customer_id": ["ana", "cy"], "month": pa.array([MAY, MAY], pa.date32()), "monetary": [84_160.4, 0]})
    )
    labels = {"monetary": "Valor líquido", "frequency": "Frequência (pedidos)"}
    rows = rows_of(publications.clientes_atipicos(outliers, customers, MAY, labels, ["monetary"]))
    assert [tuple(row.values())[:2] + tuple(row.values())[3:] for row in rows] == [
        (1, "cy", "Comprou e devolveu por inteiro, no mesmo dia: 168.470", None, 168_469.6, 0),
        (
            *(2, "dan", "2 pedidos muito acima dos outros, o maior de 1.234.567, contra 300 na mediana do mês"),
            *(None, 1_243_567, None),
        ),
        (
            *(3, "ana"),
            "Valor líquido de 84.160, contra 523 na mediana da base; Frequência (pedidos) de 54, contra 2 na mediana "
            "da base",
            *(0.06, None, 84_160.4),
        ),
        (
            *(4, "gil", "Um pedido muito acima dos outros (74) de 9.000, contra 300 na mediana do mês"),
            *(None, 9_000, None),
        ),
        (5, "fay", "Combinação rara de valor líquido e frequência (pedidos)", 0.002, None, None),
        (6, "bob", "Valor líquido de -4.288, contra 523 na mediana da base", 0, None, None),
    ]
    assert backend.execute(publications.atypical_expected(outliers, customers, MAY)) == 6


def test_accounts_that_are_another_customers_are_listed_with_it_and_no_other(backend):
    rows = [
        {"month": MAY, "kind": kind, "identifier": member, "member_id": member, "customer_id": customer, "since": None}
        for kind, member, customer in [
            ("account", "ana2", "ana"),
            ("account", "ana", "ana"),
            ("account", "x", None),  # claimed by two
            ("card", "ana2", "ana"),
        ]
    ]
    known = ibis.memtable(pa.Table.from_pylist(rows, schema=CUSTOMER_IDENTITIES.arrow))
    found = backend.to_pyarrow(publications.contas_unificadas(known, MAY)).to_pylist()
    assert [(row["member_id"], row["customer_id"]) for row in found] == [("ana2", "ana")]
    assert backend.execute(publications.merged_expected(known, MAY)) == 1
