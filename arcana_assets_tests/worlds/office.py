"""Gold tables of two months, small enough to check by eye, and publications of them, materialized as the UI does it.

Belongs here: the tables and the platform that publishes them. Does not belong here: what the files should hold
(`publication/assets/test_files`).
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.customer_360.tables import ITEMS_OWNED
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.files import Exports
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.predictions.tables import PREDICTIONS
from arcana_assets.publication.assets.files import publication_assets
from arcana_assets.recommendations.tables import EVALUATION, OPPORTUNITIES, RECOMMENDATIONS
from arcana_assets.segmentation.tables import PROFILES, SEGMENTS
from arcana_assets.tables.frames import as_table, from_rows
from arcana_assets_tests.worlds.run import deployment_in, materialized, there

DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)


def customers(*rows):
    """customer_360: (customer, month, monetary, frequency)."""
    ids, months, money, orders = zip(*rows, strict=True)
    return pa.table(
        {
            "customer_id": pa.array(ids, pa.string()),
            "month": pa.array(months, pa.date32()),
            "monetary": pa.array([Decimal(each) for each in money], pa.decimal128(18, 4)),
            "frequency": pa.array(orders, pa.int64()),
            "share_livros": pa.array([0.5] * len(ids)),
        }
    )


def rows_of(table, *rows):
    """Rows of a declared table, their values in the order of its columns."""
    return from_rows([dict(zip(table.arrow.names, row, strict=True)) for row in rows], table)


def profiles(*rows):
    """segment_profiles: (month, segment, persona, customers, share)."""
    fields = ("month", "segment_id", "persona", "customers", "share")
    measures = ("mean_monetary", "mean_frequency", "median_monetary", "median_frequency", "lift_monetary")
    always = {
        "segmentation": "value",
        "membership_fidelity": 0.9,
        "confident": True,
        "form": "grupo de clientes",
        "reason": "k = 2",
    }
    always |= dict.fromkeys(measures, 1.5)
    return as_table([pd.DataFrame([dict(zip(fields, row, strict=True)) | always for row in rows])], PROFILES)


# Of a recommendation by popularity, first made at the end of its month.
NO_EVIDENCE = (None, None, "", 0, 0, None, None, 0.25, 40.0, 10.0, date(2011, 2, 1))

GOLD = {
    "customer_360": customers(
        ("ana", DECEMBER, "10.5", 1), ("ana", JANUARY, "1234.5", 3), ("bob", JANUARY, "-2", 0), ("cid", JANUARY, "7", 1)
    ),
    "segments": rows_of(
        SEGMENTS,
        ("ana", DECEMBER, "value", 2, "02-Baixa", None, 2, "nova", 0.5),
        ("bob", JANUARY, "value", 2, "02-Baixa Receita", None, 2, "nova", 0.25),
        ("ana", JANUARY, "value", 1, "01-Alta Receita", 2, 1, "comportamento", 0.5),
        ("cid", JANUARY, "value", 2, "02-Baixa Receita", None, 2, "nova", 0.75),
    ),
    "segment_profiles": profiles(
        (DECEMBER, 2, "02-Baixa", 1, 1.0),
        (JANUARY, 2, "02-Baixa Receita", 2, 2 / 3),
        (JANUARY, 1, "01-Alta Receita", 1, 1 / 3),
    ),
    "recommendations": rows_of(
        RECOMMENDATIONS,
        ("bob", JANUARY, 1, "i1", "Lápis, azul", 0.5, "popular", "Porque sim.", "02-Baixa Receita", 1, 2, *NO_EVIDENCE),
        (
            "ana",
            JANUARY,
            2,
            "i3",
            "=cmd|'/c calc'!A1",
            0.25,
            "popular",
            "Porque sim.",
            "01-Alta Receita",
            1,
            1,
            *NO_EVIDENCE,
        ),
        ("ana", JANUARY, 1, "i2", "+1", 0.5, "popular", "Porque sim.", "01-Alta Receita", 1, 1, *NO_EVIDENCE),
    ),
    "recommendation_evaluation": rows_of(EVALUATION),
    "recommendation_opportunities": rows_of(
        OPPORTUNITIES,
        (JANUARY, "01-Alta Receita", "i2", "+1", 1, 0, 0.0, 1, 40.0, 40.0, 1, 10.0),
        (JANUARY, "01-Alta Receita", "i9", "Caro", 1, 0, 0.0, 1, 900.0, 900.0, 0, None),
        (JANUARY, "01-Alta Receita", "i3", "=1", 1, 0, 0.0, 1, 40.0, 40.0, 1, 12.0),
        (JANUARY, "02-Baixa Receita", "i1", "Lápis, azul", 2, 1, 0.5, 1, None, None, 1, None),
        (DECEMBER, "02-Baixa", "i1", "Lápis, azul", 1, 0, 0.0, 1, 5.0, 5.0, 1, 1.0),
    ),
    "predictions": as_table(
        [
            pd.DataFrame(
                [
                    ("bob", JANUARY, 3, 0.25, 2, "mean", "Comprou há 40 dias (menos provável)", None),
                    ("cid", JANUARY, 3, 0.75, 9, "mean", "3 pedidos em 6 meses (mais provável)", None),
                    ("ana", JANUARY, 3, 0.75, 9, "mean", "Comprou há 2 dias (mais provável)", None),
                    ("ana", JANUARY, 1, 0.5, 5, "base_rate", "Como a maioria dos clientes", "Há 3 casos."),
                ],
                columns=["customer_id", "month", "horizon", "probability", "decile", "champion", "reasons", "note"],
            ).assign(prediction="volta_a_comprar", unit="months", made_in=JANUARY, last_period=0.4),
            pd.DataFrame(
                [("ana", JANUARY, 30, 0.9, 10, date(2011, 2, 9)), ("bob", JANUARY, 30, 0.1, 1, None)],
                columns=["customer_id", "month", "horizon", "probability", "decile", "next_visit_by"],
            ).assign(
                prediction="proxima_compra", unit="days", made_in=JANUARY, champion="rfm", reasons="Como a maioria"
            ),
            pd.DataFrame(
                [
                    ("bob", JANUARY, 10.0, 0.0, 40.0, 2, "Comprou há 40 dias (abaixo do ritmo)"),
                    ("ana", JANUARY, 90.5, 20.25, 160.0, 9, "Comprou há 2 dias (acima do ritmo)"),
                ],
                columns=["customer_id", "month", "expected", "low", "high", "decile", "reasons"],
            ).assign(
                prediction="gasto", horizon=3, unit="months", champion="mean", made_in=JANUARY, paid_last_period=30.0
            ),
        ],
        PREDICTIONS,
    ),
    "outliers": rows_of(
        OUTLIERS,
        (JANUARY, "customer", "ana", "ana", "robust_z", "monetary", 1234.5, 7.0, 0.25, 20.0, 0.99),
        (JANUARY, "event", "=9 i1", "bob", "reversal_of_the_day", "reversed", 50.0, None, None, None, 0.5),
        (JANUARY, "event", "12 i1", "cid", "large_line", "quantity", 50.0, 1.0, 0.25, 9.0, 0.5),
    ),
    "items_owned": rows_of(
        ITEMS_OWNED,
        ("ana", DECEMBER, "i1", "Lápis, azul", DECEMBER, True, None),
        ("ana", JANUARY, "i1", "Lápis, azul", DECEMBER, True, None),
        ("bob", JANUARY, "i2", "+1", DECEMBER, False, None),
        ("bob", JANUARY, "i3", "-x", JANUARY, True, None),
        ("cid", JANUARY, "i2", "+1", JANUARY, True, None),
        ("zoe", JANUARY, "i9", "Of nobody in a segment", JANUARY, True, None),
    ),
}


class Office:
    """A lake with gold tables of the retail domain, and its publications."""

    def __init__(self, root: Path, instance: dg.DagsterInstance):
        self.root, self.instance = root, instance
        self.lake, self.engine = Lake(root=str(root / "lake")), Engine()
        domain = load_domain(DEFS / "retail")
        alone = {"segmentations": [domain.segmentation("value")], "combinations": []}
        self.spec = DomainSpec(domain.model_copy(update=alone | {"programmes": []}), DEFS / "retail")
        for name, table in GOLD.items():
            self.write(name, table)

    def write(self, name, table, *months):
        self.lake.write(
            ("retail", "gold", name), table, list(months) or [DECEMBER, JANUARY], engine=self.engine, run_id="gold"
        )

    def publish(self, *names, first=DECEMBER, last=JANUARY, as_of="2011-03-01T00:00:00+00:00", **limits):
        """Publications (all by default) of a range of months, in one run."""
        keys = [self.spec.key("published", name) for name in names]
        return materialized(
            [*publication_assets(self.spec), *there(self.spec, *GOLD)],
            [first, last],
            deployment_in(self.root),
            keys or None,
            as_of,
            self.instance,
            exports=Exports(root=self.lake.root, **limits),
        )

    def file(self, name, month="2011-01", ending="csv") -> Path:
        return self.root / "lake/retail/published" / name / f"{month}.{ending}"

    def files(self) -> dict[str, bytes]:
        """The content of all published files, by their place."""
        root = self.root / "lake/retail/published"
        return {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.glob("*/[!.]*"))}
