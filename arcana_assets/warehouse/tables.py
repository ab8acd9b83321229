"""The tables of the database: names, keys, and of which gold tables each is made.

Belongs here: one declaration a table. Does not belong here: the rows (`rows`), the words for columns (`vocabulary`),
views (`views`), how a month takes its place (`postgres`, `sqlite`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import ibis.expr.types as ir

from arcana_assets.catalogue.tables import tables_of
from arcana_assets.domain.column import Column, columns, double, integer, share, text
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.metrics import BY_CUSTOMER, SOURCES
from arcana_assets.domain.months import shifted
from arcana_assets.warehouse import rows as rows_of
from arcana_assets.warehouse.rows import SEGMENT_KEY
from arcana_assets.warehouse.vocabulary import WORDS

CLUSTERS = "cluster_clientes"

_KEY_OF_SEGMENT = text(SEGMENT_KEY).means("Segmentation and segment in one text, by which tables are related")
_METRIC = (
    text("metric").means("The metric, by name; the page and the reports show the same"),
    text("label").means("What readers call it"),
    text("kind").means("How its value is read: integer, money (currency of the domain), decimal"),
)
_METRIC_WORDS = {"month": "mes", "metric": "metrica", "label": "nome", "kind": "tipo", "value": "valor"}
_KEY_WORDS = {SEGMENT_KEY: "chave_segmento"}


@dataclass(frozen=True)
class WarehouseTable:
    """A table of the database: as many rows as `rows` makes of the gold tables, each of one month.

    The first of the gold tables is the one that it shows: what that says of itself and its columns the database says.
    `own` are columns that it does not have; `key`, in the words of the database, begins with `month`. Of the tables in
    `before` the month before is read, too. `words` are what columns of gold are called here. `about` says what rows are
    that are others than those of gold.
    """

    name: str
    gold: tuple[str, ...]
    rows: Callable[..., ir.Table]
    key: tuple[str, ...]
    month: str = "mes"
    before: tuple[str, ...] = ()
    own: Mapping[str, Column] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=lambda: WORDS)
    about: str = ""

    def months_of(self, gold: str, month: date) -> tuple[date, ...]:
        """The months of a gold table that one of this table is made of."""
        return (shifted(month, -1), month) if gold in self.before else (month,)


def warehouse_tables(domain: CustomerDomain) -> list[WarehouseTable]:
    """The tables of a domain: those of which it has every gold table."""
    there = {table.name for table in tables_of(domain) if table.layer == "gold"} if domain.facets else set()
    return [table for table in _every(domain, there) if there.issuperset(table.gold)]


def _every(domain: CustomerDomain, there: Collection[str]) -> list[WarehouseTable]:
    groupings = domain.groupings
    measured = tuple(name for name in reversed(SOURCES) if name in there)
    return [
        WarehouseTable(
            CLUSTERS,
            ("segments", "segment_profiles"),
            rows_of.cluster_clientes,
            ("dt_ref", "segmentacao", "id_cliente"),
            month="dt_ref",
            before=("segment_profiles",),
            own=columns(
                text("previous_persona").means("What its segment was called the month before"),
                _KEY_OF_SEGMENT,
            ),
            words={
                **WORDS,
                **_KEY_WORDS,
                "month": "dt_ref",
                "persona": "cluster",
                "segment_id": "id_cluster",
                "previous_segment_id": "id_cluster_anterior",
                "behaviour_segment_id": "id_cluster_pelo_comportamento",
                "previous_persona": "cluster_anterior",
            },
        ),
        WarehouseTable(
            "base_analitica",
            ("customer_360", *(("segments",) if groupings else ())),
            partial(rows_of.base_analitica, groupings=groupings),
            ("mes", "id_cliente"),
            own=columns(
                *(
                    text(f"persona_{name}").means(
                        f"The customer's persona in the segmentation `{name}`; null for who has no segment"
                    )
                    for name in groupings
                )
            ),
            words={name: WORDS[name] for name in ("month", "customer_id")},
        ),
        WarehouseTable(
            "metricas",
            measured or (BY_CUSTOMER,),
            partial(rows_of.metricas, names=measured, language=domain.language),
            ("mes", "metrica"),
            own=columns(*_METRIC, double("value").means("The figure of the month, over all customers")),
            words=_METRIC_WORDS,
            about="The figures that people follow. A row is a metric, as of each month.",
        ),
        WarehouseTable(
            "metricas_por_segmento",
            ("segments", *measured),
            partial(rows_of.metricas_por_segmento, names=measured, language=domain.language),
            ("mes", "chave_segmento", "metrica"),
            own=columns(
                *_METRIC,
                double("value").means("The figure of the month, over the customers of the segment"),
                share("share").means(
                    "Of the sum over the segments of the segmentation; null of a figure whose parts do not add up"
                ),
                _KEY_OF_SEGMENT,
            ),
            words={**WORDS, **_METRIC_WORDS, **_KEY_WORDS},
            about="The same figures by segment, of combinations too. A row is a segment and metric, as of each month.",
        ),
        WarehouseTable(
            "segmentos",
            ("segment_profiles",),
            rows_of.with_key,
            ("mes", "chave_segmento"),
            own=columns(_KEY_OF_SEGMENT),
            words={**WORDS, **_KEY_WORDS},
        ),
        WarehouseTable(
            "movimento",
            ("segment_migration",),
            rows_of.movimento,
            ("mes", "de_chave", "para_chave"),
            own=columns(
                text("from_key").means("Key of the segment of the month before; `<segmentation>:novos`: of none"),
                text("to_key").means("Key of the segment of the month; `<segmentation>:saiu`: of none"),
            ),
            words={**WORDS, "from_key": "de_chave", "to_key": "para_chave"},
        ),
        WarehouseTable(
            "eventos",
            ("segment_events",),
            rows_of.eventos,
            ("mes", "chave_segmento", "evento", "outra_chave"),
            own=columns(
                _KEY_OF_SEGMENT, text("other_key").means("Key of the other segment; `<segmentation>:nenhum`: of none")
            ),
            words={**WORDS, **_KEY_WORDS, "other_key": "outra_chave"},
        ),
        WarehouseTable("recomendacoes", ("recommendations",), rows_of.as_they_are, ("mes", "id_cliente", "posicao")),
        WarehouseTable(
            "oportunidades", ("recommendation_opportunities",), rows_of.as_they_are, ("mes", "persona", "id_item")
        ),
        WarehouseTable("fidelidade", ("loyalty_members",), rows_of.as_they_are, ("mes", "programa", "id_cliente")),
        WarehouseTable("fidelidade_resumo", ("loyalty_summary",), rows_of.as_they_are, ("mes", "programa")),
        WarehouseTable(
            "previsao", ("loyalty_forecast",), rows_of.as_they_are, ("mes", "programa", "grupo", "horizonte", "modelo")
        ),
        WarehouseTable(
            "itens",
            ("items_owned",),
            rows_of.itens,
            ("mes", "id_item"),
            own=columns(
                integer("customers", "customers").means("Customers who own the item"),
                integer("recent_customers", "customers").means(
                    "Those of them who signed or bought it within the lookback"
                ),
            ),
            words={**WORDS, "recent_customers": "clientes_recentes"},
            about="Items that somebody owns, and how many customers do. A row is an item, as of each month.",
        ),
        WarehouseTable(
            "perfil_dos_dados", ("data_profile",), rows_of.as_they_are, ("mes", "camada", "tabela", "coluna")
        ),
    ]
