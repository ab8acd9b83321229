"""Small lakes for the page: a shop and a company with contracts, as the platform writes them, small enough to count.

The customers of the shop are 60 in May, of which three came into `04-Risco churn` since April; some have codes that a
browser, a spreadsheet or a reader of Markdown could take for something else.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from arcana_assets.alerts.board import write_boards
from arcana_assets.alerts.finding import Finding
from arcana_assets.alerts.state import State
from arcana_assets.catalogue.tables import EVERY_FACET, table_named
from arcana_assets.definitions import DEFS
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets.predictions.tables import MODEL as PREDICTION_MODELS
from arcana_assets.profile.finding import finding
from arcana_assets.segmentation.tables import MODEL
from arcana_assets.tables.table import Table
from arcana_assets_tests.worlds.spend import SPEND, SPEND_BOARD, SPEND_MODEL, SPEND_RESULTS

MARCH, APRIL, MAY = (date(2011, month, 1) for month in (3, 4, 5))
JUNE_2025 = date(2025, 6, 1)
ODD = ("=1+1", 'O\'Hara "x"; --', "<script>alert(1)</script>", "**a** [x](http://evil.example)", "😀-1", "@cmd")
CUSTOMERS = (*ODD, *(f"C{place:03}" for place in range(54)))
FREQUENT, VIP, RISK = 8, 7, 5
PERSONAS = {FREQUENT: "01-Frequentes de Baixo Valor", VIP: "03-VIPs/Alta Receita", RISK: "04-Risco churn"}
CAME_TO_RISK = ("=1+1", "C002", "<script>alert(1)</script>")
LIKELY = tuple(each for each in CUSTOMERS[:10] if each != "C002")  # of whom the same is predicted
ITEM, OTHER = "P1", "P2"
REASON = "82 % dos clientes de perfil semelhante que têm «Chá» compraram «Caderno» depois"
ONLY_FOR_DATA = "/srv/landing/2011-05.csv"
LOOKED = datetime(2011, 6, 1, 8, 30, tzinfo=UTC).timestamp()
_ENGINE = Engine(threads=1)


def write(
    lake: Lake,
    domain: str,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    months: Iterable[date],
    without: Iterable[str] = (),
) -> None:
    """Replaces months of a table with rows, which say only what matters; `without` are columns it is not to have."""
    listed, schema = list(rows), table.arrow
    for name in dict.fromkeys(name for row in listed for name in row if name not in schema.names):
        schema = schema.append(pa.field(name, pa.float64()))
    schema = pa.schema([field for field in schema if field.name not in set(without)])
    data = pa.Table.from_pylist([{f.name: _cell(row.get(f.name), f.type) for f in schema} for row in listed], schema)
    key = (domain, table.layer, table.name)
    lake.write(key, data, sorted(set(months)), engine=_ENGINE, run_id="test", unique=table.key)


def gold(name: str) -> Table:
    """A gold table, those of the shop with the columns that sales give."""
    return table_named(name, (TRANSACTIONS,) if name == "customer_360" else EVERY_FACET)


def _cell(value: Any, type_: pa.DataType) -> Any:
    return Decimal(str(value)) if value is not None and pa.types.is_decimal(type_) else value


def segment_of(customer: str, month: date) -> int:
    """The segment of a customer by value in a month."""
    if customer in CAME_TO_RISK:
        return RISK if month >= MAY else FREQUENT
    place = CUSTOMERS.index(customer)
    return VIP if place % 10 == 9 else RISK if place % 10 == 6 else FREQUENT


def worth(customer: str, month: date) -> int:
    """What a customer paid in the window."""
    return 100 * (CUSTOMERS.index(customer) + 1) + month.month


def there(month: date) -> list[str]:
    """The customers of a month: five more each."""
    return list(CUSTOMERS[: 60 - 5 * (MAY.month - month.month)])


def customers_of(month: date) -> list[dict[str, Any]]:
    """Rows of customer 360."""
    return [
        {
            "customer_id": customer,
            "month": month,
            "recency_days": place % 90,
            "frequency": 1 + place % 7,
            "monetary": worth(customer, month),
            "gross": worth(customer, month) + 10,
            "returned": 10,
            "average_ticket": worth(customer, month) / (1 + place % 7),
            "distinct_products": 2,
            "return_share": 0.01,
            "tenure_months": month.month,
            "share_livros": 0.25,
            "share_moda": 0.75,
            "is_outlier": place % 20 == 7,
            "outlier_rule": "robust_z" if place % 20 == 7 else None,
        }
        for place, customer in enumerate(there(month))
    ]


def segments_of(month: date) -> list[dict[str, Any]]:
    """Rows of segments by value; by categories everybody is in one."""
    rows = []
    for customer in there(month):
        before = segment_of(customer, APRIL if month == MAY else month)
        known = month > MARCH and customer in there(MARCH if month == APRIL else APRIL)
        now = segment_of(customer, month)
        moved = "nova" if not known else "comportamento" if now != before else "nenhuma"
        same = {"customer_id": customer, "month": month, "move": moved, "distance": 0.5}
        previous = before if known else None
        rows.append(
            same
            | {"segmentation": "value", "segment_id": now, "persona": PERSONAS[now], "previous_segment_id": previous}
        )
        rows.append(
            same
            | {"segmentation": "categories", "segment_id": 1, "persona": "Moda_Lovers", "move": "nenhuma"}
            | {"previous_segment_id": 1 if known else None}
        )
    return rows


def profiles_of(month: date) -> list[dict[str, Any]]:
    """Rows of segment profiles."""
    rows, customers = [], there(month)
    for segment, persona in PERSONAS.items():
        mine = [customer for customer in customers if segment_of(customer, month) == segment]
        paid = [worth(customer, month) for customer in mine]
        rows.append(
            {
                "month": month,
                "segmentation": "value",
                "segment_id": segment,
                "persona": persona,
                "customers": len(mine),
                "share": len(mine) / len(customers),
                "description": f"{len(mine)} clientes. <b>Acima</b> da base.",
                "membership_rule": "Valor líquido > 1.400",
                "typical_customers": ", ".join(mine[-2:]) if segment != RISK else f"C006, {ODD[3]}",
                "membership_fidelity": 0.99,
                "actions": "Campanha de retorno; perguntar por quê",
                "confident": segment != RISK,
                "form": "grupo de clientes",
                "reason": "k = 3",
                "mean_monetary": sum(paid) / len(paid),
                "median_monetary": sorted(paid)[len(paid) // 2],
                "lift_monetary": 0.5 if segment == RISK else 1.5,
                "percentile_monetary": 0.2 if segment == RISK else 0.8,
            }
        )
    return rows


def _segment_tables() -> dict[str, list[dict[str, Any]]]:
    moves = Counter(
        (row["previous_segment_id"], row["segment_id"]) for row in segments_of(MAY) if row["segmentation"] == "value"
    )
    return {
        "segment_migration": [
            {
                "month": MAY,
                "segmentation": "value",
                "from_segment_id": start,
                "from_persona": PERSONAS.get(start),
                "to_segment_id": end,
                "to_persona": PERSONAS[end],
                "customers": count,
                "value": 100.0 * count,
                "by_behaviour": count - 1 if end == RISK and start else 0,
                "by_model": 1 if end == RISK and start and start != end else 0,
            }
            for (start, end), count in moves.items()
        ],
        "segment_events": [
            {"month": MAY, "segmentation": "value", "event": "split", "segment_id": RISK, "other_segment_id": FREQUENT}
            | {"customers": 3, "note": "Três saíram"}
        ],
        "segmentation_selection": [
            {"month": MAY, "segmentation": "value", "parameter": f"k = {k}", "algorithm": "kmeans", "k": k}
            | {
                "silhouette": 0.5,
                "smallest_share": 0.1,
                "serves": k == 3,
                "refused_for": "" if k == 3 else "sobreposto",
            }
            for k in (3, 4)
        ],
        "feature_drift": [
            {"month": MAY, "segmentation": "value", "feature": "monetary", "psi": 0.31, "drifted": True}
            | {"median_before": 100.0, "median_now": 900.0}
        ],
    }


def _items_of(month: date) -> list[dict[str, Any]]:
    """Everybody owns the first item, every second customer the other one too."""
    return [
        {"customer_id": customer, "month": month, "item_id": item, "item_name": name, "since": month, "value": 12}
        for place, customer in enumerate(there(month))
        for item, name in ((ITEM, "Chá <i>verde</i>"), (OTHER, "Caderno"))
        if item == ITEM or place % 2 == 0
    ]


def _recommendation_tables() -> dict[str, list[dict[str, Any]]]:
    listed = [customer for place, customer in enumerate(there(MAY)) if place % 2 == 1 or customer in CAME_TO_RISK]
    same = {"month": MAY, "probability": 0.25, "ticket": 40.0, "expected_value": 10.0}
    named = {"item_id": OTHER, "item_name": "Caderno"}
    return {
        "recommendations": [
            {"customer_id": customer, "rank": 1, "reason": REASON, "segment": PERSONAS[segment_of(customer, MAY)]}
            | {"recommender": "ease"}
            | named
            | same
            for customer in listed
        ],
        "recommendation_opportunities": [
            {"month": MAY, "segment": PERSONAS[RISK], "customers": 8, "owners": 2, "penetration": 0.25, "may_buy": 6}
            | named
            | {"ticket": 40.0, "potential": 240.0, "recommended_to": 3, "expected_value": 30.0}
        ],
        "recommendation_evaluation": [
            {"month": MAY, "recommender": name, "segment": "", "ndcg_10": ndcg, "ndcg_10_low": 0.1, "ndcg_10_high": 0.5}
            | {"hit_5": 0.7, "coverage_5": 0.1, "serves": name == "ease", "reason": "Recomenda EASE: acerta mais."}
            for name, ndcg in (("ease", 0.31), ("popular", 0.23))
        ],
        "recommendation_lift": [{"month": MAY, "reason": "Ainda não se sabe: poucos reservados."}],
        "recommendations_left_out": [{"month": MAY, "reason": "já tem", "pairs": 42, "customers": 0}],
    }


def _loyalty_tables() -> dict[str, list[dict[str, Any]]]:
    members = [customer for customer in there(MAY) if segment_of(customer, MAY) == VIP]
    programme = {"month": MAY, "programme": "insiders"}
    return {
        "loyalty_members": [
            programme
            | {"customer_id": customer, "state": "member", "since": APRIL, "reason": "Cumpriu as condições"}
            | {"revenue": float(worth(customer, MAY))}
            for customer in members
        ]
        + [
            programme
            | {
                "customer_id": "C002",
                "state": "candidate",
                "revenue": 5.0,
                "lacking": "Mais 2 pedidos",
                "reason": "Quase",
            }
        ],
        "loyalty_summary": [
            programme
            | {"month": month, "customers": 60, "members": len(members), "entered": 1, "left": 0, "at_risk": 0}
            | {"candidates": 1, "revenue": 100.0, "members_revenue": 42.0, "revenue_share": 0.42, "note": "Sem atraso."}
            for month in (APRIL, MAY)
        ],
        "loyalty_conditions": [
            programme
            | {"measure": "monetary", "better": "high", "enter_words": "Pelo menos 6.000", "keep_words": "4.000"}
        ],
        "loyalty_forecast": [
            programme
            | {"made_in": MAY, "group": group, "horizon": 1, "model": "half_and_half", "forecast": 1000.0, "low": 900.0}
            | {"high": 1100.0, "serves": True, "error": 0.1}
            for group in ("members", "rest")
        ],
        "loyalty_report": [
            programme
            | {"number": 1, "question": "Quem é elegível?", "answer": "59 de 60.", "table": None}
            | {"table": '{"columns": ["Situação", "n"], "data": [["<u>Elegíveis</u>", 59], [null, 1]]}'}
        ],
    }


def _prediction_tables() -> dict[str, list[dict[str, Any]]]:
    """Who comes back in three months, of whom the first ten are told in May and nine in April; of one month nothing."""
    of = {"prediction": "volta_a_comprar", "horizon": 3, "unit": "months"}
    told = [
        {"customer_id": "C002", "month": MAY, "made_in": MAY, "probability": 0.25, "decile": 3, "champion": "additive"}
        | {"last_period": 0.4, "reasons": "Comprou há 90 dias (menos provável)"}
    ]
    told += [
        {"customer_id": customer, "month": month, "made_in": month, "probability": 0.5, "decile": 1 + place}
        | {"champion": "additive", "last_period": 0.4, "reason_1": "<b>Visita</b>", "reasons": "<b>Visita</b>; =1+1"}
        for month in (MAY, APRIL)
        for place, customer in enumerate(LIKELY)
    ]
    board = [
        {"candidate": name, "hold_out": hold_out, "n": 60, "events": 30, "brier": brier, "auc": 0.7, "slope": 1.0}
        | {"bias": 0.0, "skill": 1 - brier / 0.2, "low": 0.0, "high": 0.01, "serves": name == "additive"}
        for hold_out in (MARCH, APRIL)
        for name, brier in (("last_period", 0.2), ("additive", 0.15), ("rfm", 0.22))
    ]
    results = {"made_in": APRIL, "champion": "additive", "n": 50, "events": 20, "predicted": 0.5, "observed": 0.4}
    drift = {"psi": 0.61, "median_before": 100.0, "median_now": 900.0, "drifted": True}
    return {
        "predictions": [
            *(of | row for row in told),
            of
            | told[0]
            | {"prediction": "proxima_compra", "horizon": 30, "unit": "days", "next_visit_by": date(2011, 6, 12)},
            *SPEND,
        ],
        "prediction_evaluation": [*(of | {"month": MAY} | row for row in board), *SPEND_BOARD],
        "prediction_calibration": [
            of | {"month": MAY, "decile": decile, "predicted": said, "observed": came, "n": 12}
            for decile, said, came in ((1, 0.1, 0.2), (10, 0.9998, 0.8))
        ],
        "prediction_results": [of | {"month": MAY} | results | {"skill": -0.2}, *SPEND_RESULTS],
        "prediction_drift": [of | {"month": MAY, "feature": "monetary"} | drift],
    }


def _prediction_models() -> list[dict[str, Any]]:
    """One horizon is too young, of the other an additive model serves."""
    same = {"month": MAY, "made_in": MAY, "rows": 0, "events": 0, "reason": "x", "evaluation": "[]"}
    return [
        same | {"horizon": 1, "champion": None},
        same | {"horizon": 3, "champion": "additive", "rows": 170, "events": 80},
    ]


def _cohorts() -> list[dict[str, Any]]:
    """Fifty came in April, of whom forty were there in May and paid half as much; ten came in May."""
    told = ((APRIL, APRIL, 50, 50, 1.0), (APRIL, MAY, 50, 40, 0.5), (MAY, MAY, 10, 10, 1.0))
    return [
        finding(month, "cohort", "net", f"{first:%Y-%m}", other, value=value, n=size, share=share)
        for first, month, size, there, paid in told
        for other, value, share in (("active", there, there / size), ("revenue", 1000 * paid, paid))
    ]


def _profiles() -> list[dict[str, Any]]:
    """What two columns of silver hold, one of which has values far from its median."""
    same = {"month": MAY, "layer": "silver", "table": "transactions", "type": "DOUBLE", "identifies": False, "rows": 10}
    numbers = {"missing": 2, "distinct": 5, "minimum": 1, "median": 2, "maximum": 900, "psi": 0.05}
    return [
        same | numbers | {"column": "unit_price", "mad": 1, "outlying": 2, "histogram": "[[2.0, 6], [1000.0, 2]]"},
        same | numbers | {"column": "quantity", "median": 1},
    ]


def _sources(lake: Lake) -> None:
    """Rows of the source of sales, of which two of twelve were refused."""
    for layer, rows in (("bronze", 12), ("silver", 10), ("quarantine", 2)):
        data = pa.table({"month": [MAY] * rows, "n": list(range(rows))})
        lake.write(("retail", layer, "transactions"), data, [MAY], engine=_ENGINE, run_id="test")
    # A list of three that has more letters before it, and fewer rows.
    few = pa.table({"month": [APRIL, MAY, MAY], "n": [1, 2, 3]})
    lake.write(("retail", "silver", "customers"), few, [APRIL, MAY], engine=_ENGINE, run_id="test")
    counted = {"landed": 12, "accepted": 10, "refused": 2, "doubled": 0}
    found = [
        finding(MAY, "rows", "transactions", item, value=rows, of=12, detail={"files": 2} if item == "landed" else None)
        for item, rows in counted.items()
    ]
    refused = {"unit_price: must be greater than 0": 2, "customer_id: must be present": 1}
    found += [finding(MAY, "refused", "transactions", why, value=rows, of=12) for why, rows in refused.items()]
    write(lake, "retail", gold("data_profile"), _profiles(), [MAY])
    write(lake, "retail", gold("data_findings"), [*found, *_cohorts()], [APRIL, MAY])


def make_shop(root: Path) -> Lake:
    """The lake of the shop, March to May 2011."""
    lake, months = Lake(root=str(root)), [MARCH, APRIL, MAY]
    monthly = {
        "customer_360": customers_of,
        "segments": segments_of,
        "segment_profiles": profiles_of,
        "items_owned": _items_of,
    }
    for name, rows_of in monthly.items():
        write(lake, "retail", gold(name), [row for month in months for row in rows_of(month)], months)
    for name, rows in {
        **_segment_tables(),
        **_recommendation_tables(),
        **_loyalty_tables(),
        **_prediction_tables(),
    }.items():
        write(lake, "retail", gold(name), rows, [row["month"] for row in rows])
    sums = [
        {"customer_id": "C000", "month": MAY, "orders": 1, "net": 1, "first_day": MAY, "last_day": date(2011, 5, 23)}
    ]
    write(lake, "retail", gold("transactions_monthly"), sums, [MAY])
    write(
        lake, "retail", gold("transactions_coverage"), [{"month": MAY, "rows": 12, "rows_without_customer": 3}], [MAY]
    )
    model = {"month": MAY, "segmentation": "value", "k": 3, "silhouette": 0.57, "smallest_share": 0.1, "customers": 60}
    model |= {"form": "kinds", "outcome": "replaced", "reason": "k = 3: um vale entre todos.", "moved_share": 0.05}
    write(lake, "retail", MODEL.named("value"), [model | {"fitted_month": MAY}], [MAY])
    write(lake, "retail", PREDICTION_MODELS.named("volta_a_comprar"), _prediction_models(), [MAY])
    write(lake, "retail", PREDICTION_MODELS.named("gasto"), [SPEND_MODEL], [MAY])
    _sources(lake)
    folder = root / "retail" / "published" / "base_analitica"
    folder.mkdir(parents=True)
    (folder / "2011-05.csv").write_text("a;b\n1;2\n")
    (folder / "2011-04.csv").write_text("a;b\n")
    (folder / ".2011-05.draft").write_text("x")
    write_boards(str(root), [load_domain(DEFS / "retail")], _open(), LOOKED)
    return lake


def _open() -> State:
    """A warning of a check, whose sentence could be taken for something else, and a run that failed."""
    state, table = State(LOOKED, LOOKED), "retail/gold/segment_migration"
    subject, words = (table, "no_persona_jumps"), "2011-05: <b>04-Risco</b> churn, de 12,4 % para 31,0 %"
    state.fails(Finding("check", subject, "warning", words, "retail", LOOKED, "run-1", ("2011-05",)))
    state.fails(Finding("run", ("refresh_retail",), "error", f"gold: {ONLY_FOR_DATA}", "retail", LOOKED, "run-2"))
    return state


def _silver_of_company(lake: Lake) -> None:
    """Contracts and tickets of the third customer: one line has ended on the month's last day, one ticket is closed."""
    begun, ended = date(2025, 3, 1), date(2025, 6, 30)
    lines = [
        {
            "product": "Painel",
            "status": "ATIVO",
            "is_active": True,
            "signed_on": date(2025, 1, 10),
            "cancelled_on": None,
        },
        {
            "product": "Fiscal",
            "status": "ATIVO",
            "is_active": True,
            "signed_on": date(2024, 1, 10),
            "cancelled_on": None,
        },
        {"product": "Antigo", "status": "CANCELADO", "is_active": False, "signed_on": begun, "cancelled_on": ended},
    ]
    same = {"customer_id": "00003", "month": JUNE_2025}
    opened = [datetime(2025, 6, day, 9, tzinfo=UTC) for day in (2, 9)]
    calls = [
        same | {"ticket_id": str(place), "opened_at": at, "queue": "fiscal", "is_open": place == 1}
        for place, at in enumerate(opened)
    ]
    for name, rows in (("contracts", [same | line for line in lines]), ("tickets", calls)):
        lake.write(("b2b", "silver", name), pa.Table.from_pylist(rows), [JUNE_2025], engine=_ENGINE, run_id="test")


def make_company(root: Path) -> Lake:
    """The lake of a company with contracts in June 2025, its customers on a list; it has no orders and no programme."""
    lake = Lake(root=str(root))
    table = table_named("customer_360", [facet for facet in EVERY_FACET if facet != TRANSACTIONS])
    rows = [
        {
            "customer_id": f"{place:05}",
            "month": JUNE_2025,
            "tenure_months": 10 * place,
            "contract_value": 1000 * place,
            "contracts_active": place % 2,
            "products_owned": 1,
            "mrr": 80 * place,
            "nps": -50.0 if place % 2 else None,
            "mean_score": 6.0 if place % 2 else None,
            "tickets_opened": place,
        }
        for place in range(1, 13)
    ]
    write(lake, "b2b", table, rows, [JUNE_2025])
    write(
        lake,
        "b2b",
        gold("segments"),
        [
            {
                "customer_id": row["customer_id"],
                "month": JUNE_2025,
                "segmentation": "valor",
                "segment_id": 1 + place // 6,
            }
            | {"persona": ("01-Alta Receita", "02-Baixa Receita")[place // 6], "move": "nova", "distance": 0.1}
            for place, row in enumerate(rows)
        ],
        [JUNE_2025],
    )
    _silver_of_company(lake)
    coverage = {"month": JUNE_2025, "source": "contracts", "entity": "contracts", "rows": 40, "customers": 12}
    write(
        lake,
        "b2b",
        gold("source_coverage"),
        [coverage | {"orphan_rows": 2, "orphan_customers": 1, "master_customers": 12, "covered_share": 1.0}],
        [JUNE_2025],
    )
    return lake
