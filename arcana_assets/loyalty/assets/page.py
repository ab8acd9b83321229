"""Loyalty page: the nine answers of each programme as an HTML file a month, with pictures, read back before it appears.

Belongs here: which tables feed the page, and the order of drawing, checking and publishing. Does not belong here: what
is said (`report.answers`), how pages look (`exports.pages`).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
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
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.loyalty.report.pictures import forecast_picture, members_picture, proof_picture

NAME = "relatorio_de_fidelidade"
_FILES = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in (("file", "string"), ("bytes", "int"))])


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
        for month in run.months:
            with failures():
                files = [
                    _publish(spec, programme, month, run, tables, engine, exports) for programme in domain.programmes
                ]
            records = [dg.TableRecord({"file": file.uri, "bytes": file.bytes}) for file in files]
            context.add_asset_metadata(
                {"files": dg.MetadataValue.table(records, _FILES), "bytes": sum(file.bytes for file in files)},
                asset_key=key,
                partition_key=month.isoformat(),
            )
        yield dg.MaterializeResult(
            asset_key=key, metadata={"dagster/uri": exports.folder(key), "run": context.run.run_id}
        )

    return page


def _publish(
    spec: DomainSpec,
    programme: Programme,
    month: date,
    run: Run,
    tables: Mapping[str, ir.Table],
    engine: Engine,
    exports: Exports,
) -> PublishedFile:
    """Writes a page into a draft, reads it back, and only then lets it take its place."""
    key = spec.key("published", NAME)

    def of(name: str, *, before: bool = False) -> pd.DataFrame:
        table = tables[name]
        mine = table.filter(table.programme == programme.name, table.month <= month if before else table.month == month)
        return engine.backend.to_pyarrow(mine).to_pandas()

    last_day = as_of_day(month, run.moment, spec.domain.timezone) - timedelta(days=1)
    page = _page(
        programme,
        month,
        spec.domain.currency,
        TRANSACTIONS in spec.domain.facets,
        of("report"),
        _pictures(programme, month, spec.domain.currency, of("summary", before=True), of("forecast"), of("proof")),
        (("Base", spec.domain.title), ("Dados até", f"{last_day:%d/%m/%Y}"), ("Moeda", spec.domain.currency)),
    )
    with exports.drafts(key) as folder:
        draft = folder / f"{programme.name}.html"
        draft.write_text(html(page), encoding="utf-8")
        check_page(draft.name, draft.read_text(encoding="utf-8"), len(page.sections))
        return exports.publish_in_month(draft, key, month)


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
