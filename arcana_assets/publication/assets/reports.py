"""Reports for print: HTML files of a month, read back before they appear.

Belongs here: which tables feed them, and the order of checking and publishing. Does not belong here: what is on them
(`publication.reports`), how pages look (`exports.pages`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.consent import CONSENT_COVERAGE
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.commercial import CONSENT
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.metrics import METRICS, SOURCES, Metric, metrics_of, values_by_month
from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.editions import PublishedFile
from arcana_assets.exports.files import Exports
from arcana_assets.exports.pages import Page, check_page, html
from arcana_assets.exports.publishing import Published, publish_together, published
from arcana_assets.graph.files_asset import NOT_MADE, files_asset, months_to_make
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.publication.publications import PERSONAS, RESUMO_DO_MES
from arcana_assets.publication.reports.month import MonthFound, month_page
from arcana_assets.publication.reports.personas import personas_page
from arcana_assets.publication.rows import produtos_por_segmento

Tables = Mapping[str, ir.Table]
TOP_ITEMS = 8
_OF_PERSONAS = ("segment_profiles", "segment_migration", "segments")


def _of_personas(domain: CustomerDomain) -> tuple[str, ...]:
    consent = [CONSENT_COVERAGE.name] if CONSENT.name in domain.facets else []
    return (*_OF_PERSONAS, *(["items_owned"] if domain.has_items else []), *consent)


def report_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The reports that a domain has tables for."""
    return [
        *([_report(spec, PERSONAS, _of_personas(spec.domain), _personas)] if spec.domain.segmentations else []),
        _report(spec, RESUMO_DO_MES, _of_month(spec.domain), _month),
    ]


def _of_month(domain: CustomerDomain) -> tuple[str, ...]:
    return (
        *("customer_360", "data_findings"),
        *(("transactions_monthly",) if TRANSACTIONS in domain.facets else ()),
        *(("segment_profiles", "segment_migration") if domain.segmentations else ()),
        *(("recommendations", "recommendation_evaluation") if domain.recommendations else ()),
        *(("loyalty_summary",) if domain.programmes else ()),
    )


def _report(
    spec: DomainSpec,
    told: tuple[str, str],
    names: Sequence[str],
    page_of: Callable[[DomainSpec, date, date, Tables, Engine], Page],
) -> dg.AssetsDefinition:
    name, description = told
    key, file = spec.published(name), f"{spec.file_name(name)}.html"

    @files_asset(
        spec,
        name,
        description,
        {"html"},
        group="reports",
        ins={each: with_history(spec.key("gold", each), 1) for each in names},
    )
    def report(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Published:
        run = Run.of(context, spec.domain)
        files: dict[date, tuple[PublishedFile, ...] | None] = dict.fromkeys(run.months, ())
        made_of = spec.key("gold", names[0])
        months = months_to_make(context, run.months, made_of, lambda month: exports.has(key, month))
        for month in months:
            page = page_of(spec, month, run.as_of(month) - timedelta(days=1), tables, engine)
            files[month] = _publish(exports, key, month, file, page)
        left_out = dict.fromkeys([month for month in run.months if month not in months], NOT_MADE)
        yield from published(context, exports, key, files, months=left_out)

    return report


def _publish(
    exports: Exports, key: dg.AssetKey, month: date, name: str, page: Page
) -> tuple[PublishedFile, ...] | None:
    def faults(drafts: Sequence[Path]) -> tuple[str, ...]:
        for draft in drafts:
            check_page(draft.name, draft.read_text(encoding="utf-8"), len(page.sections))
        return ()

    return publish_together(exports, key, month, {name: html(page).encode()}, faults)[0]


def _personas(spec: DomainSpec, month: date, last_day: date, tables: Tables, engine: Engine) -> Page:
    now, before = _both(engine, tables["segment_profiles"], month)
    items: list[dict[str, Any]] = []
    if "items_owned" in tables:
        found = produtos_por_segmento(tables["items_owned"], tables["segments"], month, TOP_ITEMS)
        items = engine.backend.to_pyarrow(found).to_pylist()
    return personas_page(
        *(spec.domain, month, last_day),
        profiles=now,
        before=before,
        migration=_both(engine, tables["segment_migration"], month)[0],
        items=items,
        consent=_both(engine, tables[CONSENT_COVERAGE.name], month)[0] if CONSENT_COVERAGE.name in tables else (),
    )


def _month(spec: DomainSpec, month: date, last_day: date, tables: Tables, engine: Engine) -> Page:
    def both(name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return _both(engine, tables[name], month) if name in tables else ([], [])

    profiles, profiles_before = both("segment_profiles")
    programmes, programmes_before = both("loyalty_summary")
    boards = [row for row in both("recommendation_evaluation")[0] if row["serves"] and not row["segment"]]
    found = MonthFound(
        metrics=_metrics(spec.domain, engine, tables, month, last_day),
        profiles=profiles,
        profiles_before=profiles_before,
        migration=both("segment_migration")[0],
        programmes=programmes,
        programmes_before=programmes_before,
        serves=boards[0] if boards else None,
        offers=_offers(engine, tables.get("recommendations"), month),
        findings=both("data_findings")[0],
    )
    return month_page(spec.domain, month, last_day, found)


def _both(engine: Engine, table: ir.Table, month: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the month, and those of the month before."""
    months = [month, shifted(month, -1)]
    rows = engine.backend.to_pyarrow(table.filter(table.month.isin(months))).to_pylist()
    return [row for row in rows if row["month"] == month], [row for row in rows if row["month"] != month]


def _metrics(
    domain: CustomerDomain, engine: Engine, tables: Tables, month: date, last_day: date
) -> dict[Metric, tuple[float | None, float | None]]:
    """The figures that the domain has, of the month and, where they may be compared, of the one before."""
    known = {each for name in SOURCES if name in tables for each in metrics_of(name, tables[name].columns)}
    then, values = shifted(month, -1), dict[tuple[date, str], float | None]()
    for name in dict.fromkeys(each.table for each in known):
        both = tables[name].filter(tables[name].month.isin([month, then]))
        query = engine.query(both)
        asked = query.asking(f"WITH {name} AS ({query.sql}) {values_by_month(known, name)}")
        rows = asked.table().to_pylist()
        values |= {(row["month"], row["metric"]): row["value"] for row in rows}
    return {
        each: (
            values.get((month, each.name)),
            values.get((then, each.name)) if each.comparable(domain, month, last_day) else None,
        )
        for each in METRICS
        if each in known
    }


def _offers(engine: Engine, lists: ir.Table | None, month: date) -> dict[str, Any] | None:
    if lists is None:
        return None
    mine = lists.filter(lists.month == month)
    told = mine.agg(
        customers=mine.customer_id.nunique(), items=mine.item_id.nunique(), expected=mine.expected_value.sum()
    )
    (row,) = engine.backend.to_pyarrow(told).to_pylist()
    return dict(row)
