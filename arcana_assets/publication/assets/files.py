"""Publications: gold tables of a month as files for business people, read back before they take their place.

Belongs here: which tables feed which file, and in which order it is written, checked and published. Does not belong
here: what the checks say (`checks`), the rows (`publication.rows`), labels (`publication.columns`), the formats and
places of files (`exports`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.domain.months import as_of_day
from arcana_assets.engine.duckdb import Engine
from arcana_assets.exports.files import Exports
from arcana_assets.exports.publishing import Published, published
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.publication import publications as known
from arcana_assets.publication import rows as rows_of
from arcana_assets.publication.assets.checks import (
    MonthPublished,
    check_results,
    check_specs,
    month_metadata,
    run_metadata,
)
from arcana_assets.publication.columns import headlines
from arcana_assets.publication.drafts import Edition, write_draft
from arcana_assets.publication.publications import Publication

TOP_ITEMS, TOP_OPPORTUNITIES = 20, 50  # of each segment

Tables = Mapping[str, ir.Table]


@dataclass(frozen=True)
class _Plan:
    """How a publication is made: its inputs, the rows of a month, and how many the tables say there must be."""

    publication: Publication
    ins: dict[str, dg.AssetIn]
    rows: Callable[[Tables, date], ir.Table]
    expected: Callable[[Tables, date], ir.IntegerScalar]


def publication_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The publications that a domain with a customer 360 has tables for.

    `produtos_por_segmento` reads gold/items_owned: a row a customer and item owned, as of each month.
    """
    domain = spec.domain
    plans = [_base_analitica(spec)]
    if domain.segmentations:
        plans += [_clientes_por_segmento(spec), _produtos_por_segmento(spec), _resumo_dos_segmentos(spec)]
    if domain.recommendations:
        plans += [_recomendacoes_por_cliente(spec), _recomendacoes_por_segmento(spec)]
    if domain.programmes:
        plans += [_lista_de_fidelidade(spec)]
    return [_asset(spec, plan) for plan in plans]


def _gold(spec: DomainSpec, table: str) -> dg.AssetIn:
    return dg.AssetIn(spec.key("gold", table))


def _rows_in(name: str, tables: Tables, month: date) -> ir.IntegerScalar:
    return tables[name].filter(tables[name].month == month).count()


def _base_analitica(spec: DomainSpec) -> _Plan:
    names = spec.domain.groupings
    segments = {"segments": _gold(spec, "segments")} if names else {}
    return _Plan(
        known.BASE_ANALITICA,
        {"customers": _gold(spec, "customer_360"), **segments},
        lambda tables, month: rows_of.base_analitica(tables["customers"], tables.get("segments"), month, names),
        partial(_rows_in, "customers"),
    )


def _clientes_por_segmento(spec: DomainSpec) -> _Plan:
    axes = [segmentation.axis for segmentation in spec.domain.segmentations]

    def rows(tables: Tables, month: date) -> ir.Table:
        beside = headlines(axes, tables["customers"].columns)
        return rows_of.clientes_por_segmento(tables["segments"], tables["profiles"], tables["customers"], month, beside)

    return _Plan(
        known.CLIENTES_POR_SEGMENTO,
        {
            "segments": _gold(spec, "segments"),
            "profiles": with_history(spec.key("gold", "segment_profiles"), 1),
            "customers": _gold(spec, "customer_360"),
        },
        rows,
        partial(_rows_in, "segments"),
    )


def _recomendacoes_por_cliente(spec: DomainSpec) -> _Plan:
    return _Plan(
        known.RECOMENDACOES_POR_CLIENTE,
        {"recommendations": _gold(spec, "recommendations")},
        lambda tables, month: rows_of.recomendacoes_por_cliente(tables["recommendations"], month),
        partial(_rows_in, "recommendations"),
    )


def _recomendacoes_por_segmento(spec: DomainSpec) -> _Plan:
    return _Plan(
        known.RECOMENDACOES_POR_SEGMENTO,
        {"opportunities": _gold(spec, "recommendation_opportunities")},
        lambda tables, month: rows_of.recomendacoes_por_segmento(tables["opportunities"], month, TOP_OPPORTUNITIES),
        lambda tables, month: rows_of.opportunities_expected(tables["opportunities"], month, TOP_OPPORTUNITIES),
    )


def _produtos_por_segmento(spec: DomainSpec) -> _Plan:
    return _Plan(
        known.PRODUTOS_POR_SEGMENTO,
        {"ownership": _gold(spec, "items_owned"), "segments": _gold(spec, "segments")},
        lambda tables, month: rows_of.produtos_por_segmento(tables["ownership"], tables["segments"], month, TOP_ITEMS),
        lambda tables, month: rows_of.items_expected(tables["ownership"], tables["segments"], month, TOP_ITEMS),
    )


def _resumo_dos_segmentos(spec: DomainSpec) -> _Plan:
    return _Plan(
        known.RESUMO_DOS_SEGMENTOS,
        {"profiles": _gold(spec, "segment_profiles")},
        lambda tables, month: rows_of.resumo_dos_segmentos(tables["profiles"], month),
        partial(_rows_in, "profiles"),
    )


def _lista_de_fidelidade(spec: DomainSpec) -> _Plan:
    return _Plan(
        known.LISTA_DE_FIDELIDADE,
        {"ledger": _gold(spec, "loyalty_members"), "values": _gold(spec, "loyalty_customer_value")},
        lambda tables, month: rows_of.lista_de_fidelidade(tables["ledger"], tables["values"], month),
        partial(_rows_in, "ledger"),
    )


def _asset(spec: DomainSpec, plan: _Plan) -> dg.AssetsDefinition:
    domain, publication = spec.domain, plan.publication
    key = spec.key("published", publication.name)

    @dg.multi_asset(
        name=f"{domain.name}_published_{publication.name}",
        ins=plan.ins,
        outs={
            "files": spec.files_out(
                publication.name,
                f"For business people: {publication.description} A CSV file and a workbook a month.",
                {"csv", "excel"},
            )
        },
        check_specs=check_specs(key),
        **spec.options,
    )
    def publish(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Published:
        run = Run.of(context, domain)
        with failures():
            made = [_publish(spec, plan, run, month, tables, engine, exports) for month in run.months]
        yield from published(
            context,
            exports,
            key,
            {each.month: each.files or None for each in made},
            checks=list(check_results(key, made)),
            months={each.month: month_metadata(each) for each in made},
            run=run_metadata(made, plan.rows(tables, run.months[-1])),
        )

    return publish


def _publish(
    spec: DomainSpec, plan: _Plan, run: Run, month: date, tables: Tables, engine: Engine, exports: Exports
) -> MonthPublished:
    domain, key = spec.domain, spec.key("published", plan.publication.name)
    expected = int(engine.backend.execute(plan.expected(tables, month)))
    last_day = as_of_day(month, run.moment, domain.timezone) - timedelta(days=1)
    edition = Edition(
        plan.publication,
        month,
        title=domain.title,
        timezone=domain.timezone,
        currency=domain.currency,
        about=(("Dados até", f"{last_day:%d/%m/%Y}"),),
    )
    with exports.drafts(key) as folder:
        limits = exports.sheet_rows, exports.sheet_columns
        draft = write_draft(folder, plan.rows(tables, month), edition, engine, expected, limits)
        stale = bool(draft.left_out) and exports.exists(key, month, "xlsx")
        done = MonthPublished(month, draft, expected, stale)
        if not (done.every_row and done.no_formulas):
            return done
        files = tuple(exports.publish(file, key, month) for file in draft.files)
        return MonthPublished(month, draft, expected, stale, files)
