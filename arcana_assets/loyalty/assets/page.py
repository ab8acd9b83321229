"""Loyalty page: the nine answers of each programme as an HTML file a month, with pictures, read back before it appears.

Belongs here: which tables feed the page, and the order of drawing, checking and publishing. Does not belong here: what
is said (`report.answers`), how pages look (`exports.pages`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.domain.months import as_of_day
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.engine.duckdb import Engine
from arcana_assets.exports.files import Exports, PublishedFile
from arcana_assets.exports.pages import Page, Section, check_page, html
from arcana_assets.exports.publishing import publish_together, published
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.loyalty.report.pictures import forecast_picture, members_picture, proof_picture

NAME = "relatorio_de_fidelidade"


def loyalty_page_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The pages of all programmes of a domain: a folder a month, a file a programme."""
    domain, key = spec.domain, spec.key("published", NAME)

    @dg.multi_asset(
        name=f"{domain.name}_published_{NAME}",
        ins={
            "report": dg.AssetIn(spec.key("gold", "loyalty_report")),
            "forecast": dg.AssetIn(spec.key("gold", "loyalty_forecast")),
            "proof": dg.AssetIn(spec.key("gold", "loyalty_proof")),
            "summary": with_history(spec.key("gold", "loyalty_summary")),
        },
        outs={
            "files": spec.files_out(
                NAME,
                "The nine answers of each loyalty programme with pictures and tables: a folder of HTML "
                "files a month, which need nothing else and print on A4.",
                {"html"},
            )
        },
        **spec.options,
    )
    def page(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            files = {month: _publish(spec, month, run, tables, engine, exports) for month in run.months}
        yield from published(context, exports, key, files)

    return page


def _publish(
    spec: DomainSpec, month: date, run: Run, tables: Mapping[str, ir.Table], engine: Engine, exports: Exports
) -> tuple[PublishedFile, ...] | None:
    """The pages of a month, a file a programme; one that cannot be read back as it was made keeps back all."""
    pages = {
        f"{programme.name}.html": _page_of(spec, programme, month, run, tables, engine)
        for programme in spec.domain.programmes
    }

    def faults(drafts: Sequence[Path]) -> tuple[str, ...]:
        for draft in drafts:
            check_page(draft.name, draft.read_text(encoding="utf-8"), len(pages[draft.name].sections))
        return ()

    contents = {name: html(page).encode() for name, page in pages.items()}
    files, _ = publish_together(exports, spec.key("published", NAME), month, contents, faults)
    return files


def _page_of(
    spec: DomainSpec, programme: Programme, month: date, run: Run, tables: Mapping[str, ir.Table], engine: Engine
) -> Page:
    """The page of a programme, from the gold tables of a month."""

    def of(name: str, *, before: bool = False) -> pd.DataFrame:
        table = tables[name]
        mine = table.filter(table.programme == programme.name, table.month <= month if before else table.month == month)
        return engine.backend.to_pyarrow(mine).to_pandas()

    last_day = as_of_day(month, run.moment, spec.domain.timezone) - timedelta(days=1)
    return _page(
        programme,
        month,
        spec.domain.currency,
        TRANSACTIONS in spec.domain.facets,
        of("report"),
        _pictures(programme, month, spec.domain.currency, of("summary", before=True), of("forecast"), of("proof")),
        (("Base", spec.domain.title), ("Dados até", f"{last_day:%d/%m/%Y}"), ("Moeda", spec.domain.currency)),
    )


def _page(
    programme: Programme,
    month: date,
    currency: str,
    goods: bool,
    report: pd.DataFrame,
    pictures: list[tuple[str, bytes]],
    facts: tuple[tuple[str, str], ...],
) -> Page:
    """The rows of `gold/loyalty_report` as a page."""
    sections = []
    for row in report.sort_values("number").to_dict("records"):
        table = json.loads(row["table"])
        sections.append(Section(f"{row['number']}. {row['question']}", row["answer"], table["columns"], table["data"]))
    net = ", líquidos de devoluções" if goods else ""
    about = f"Programa de fidelidade, {month:%m/%Y}. Valores em {currency}{net}."
    return Page(f"{programme.title} - {month:%m/%Y}", about, sections, pictures, facts)


def _pictures(
    programme: Programme,
    month: date,
    currency: str,
    summary: pd.DataFrame,
    forecast: pd.DataFrame,
    proof: pd.DataFrame,
) -> list[tuple[str, bytes]]:
    """The pictures of the page, each with the words that stand for it."""
    of = f"{programme.title}, {month:%m/%Y}"
    serves = forecast[forecast["serves"].astype("boolean").fillna(False)]
    return [
        ("Membros por mês", members_picture(summary, f"Membros por mês: {of}")),
        ("Receita esperada", forecast_picture(serves, currency, f"Receita esperada: {of}")),
        ("Membros contra os demais", proof_picture(proof, currency, f"Receita por mês nos meses seguintes: {of}")),
    ]
