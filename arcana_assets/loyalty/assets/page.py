"""Loyalty page: the nine answers of each programme as an HTML file a month, with pictures, read back before it appears.

Belongs here: which tables feed the page, and the order of drawing, checking and publishing. Does not belong here: what
is on it (`report.page`), how pages look (`exports.pages`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.editions import PublishedFile
from arcana_assets.exports.files import Exports
from arcana_assets.exports.pages import Page, check_page, html
from arcana_assets.exports.publishing import Published, publish_together, published
from arcana_assets.graph.files_asset import files_asset
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.loyalty import tables as of_loyalty
from arcana_assets.loyalty.assets.inputs import frame_of
from arcana_assets.loyalty.report.page import programme_page

NAME = "relatorio_de_fidelidade"


def loyalty_page_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The pages of all programmes of a domain: a folder a month, a file a programme."""
    domain, key = spec.domain, spec.published(NAME)

    @files_asset(
        spec,
        NAME,
        "The nine answers of each loyalty programme with pictures and tables: a folder of HTML files a month, which "
        "need nothing else and print on A4.",
        {"html"},
        group="reports",
        ins={
            "report": dg.AssetIn(spec.key_of(of_loyalty.REPORT)),
            "forecast": dg.AssetIn(spec.key_of(of_loyalty.FORECAST)),
            "proof": dg.AssetIn(spec.key_of(of_loyalty.PROOF)),
            "summary": with_history(spec.key_of(of_loyalty.SUMMARY)),
        },
    )
    def page(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Published:
        run = Run.of(context, domain)
        files = {month: _publish(spec, month, run, tables, engine, exports) for month in run.months}
        yield from published(context, exports, key, files)

    return page


def _publish(
    spec: DomainSpec, month: date, run: Run, tables: Mapping[str, ir.Table], engine: Engine, exports: Exports
) -> tuple[PublishedFile, ...] | None:
    """The pages of a month, a file a programme; one that cannot be read back as it was made keeps back all."""
    pages, last_day = dict[str, Page](), run.as_of(month) - timedelta(days=1)
    for programme in spec.domain.programmes:
        rows = {}
        for name, table in tables.items():
            of = table.month <= month if name == "summary" else table.month == month
            rows[name] = frame_of(engine, table.filter(table.programme == programme.name, of))
        pages[f"{programme.name}.html"] = programme_page(spec.domain, programme, month, last_day, **rows)

    def faults(drafts: Sequence[Path]) -> tuple[str, ...]:
        for draft in drafts:
            check_page(draft.name, draft.read_text(encoding="utf-8"), len(pages[draft.name].sections))
        return ()

    contents = {name: html(page).encode() for name, page in pages.items()}
    files, _ = publish_together(exports, spec.published(NAME), month, contents, faults)
    return files
