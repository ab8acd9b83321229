"""Page of the data profile: an HTML file a month, read back before it appears.

Belongs here: which tables feed it, which months are made, and the order of checking and publishing. Does not belong
here: what is on it (`report.page`), how pages look (`exports.pages`).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.editions import PublishedFile
from arcana_assets.exports.files import Exports
from arcana_assets.exports.pages import check_page, html
from arcana_assets.exports.publishing import Published, publish_together, published
from arcana_assets.graph.files_asset import NOT_MADE, files_asset, months_to_make
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.profile import tables
from arcana_assets.profile.report.page import profile_page

NAME = "perfil_dos_dados"
_HISTORY = 12  # months before it that a page tells of


def profile_page_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The page of each month of a run: a folder a month."""
    domain, key = spec.domain, spec.published(NAME)

    @files_asset(
        spec,
        NAME,
        "What the data of the month hold, what lacks and what was done about it: an HTML file a month, which needs "
        "nothing else and prints on A4.",
        {"html"},
        group="reports",
        ins={
            "profile": with_history(spec.key_of(tables.DATA_PROFILE), 1),
            "findings": with_history(spec.key_of(tables.DATA_FINDINGS), _HISTORY),
        },
    )
    def page(
        context: dg.AssetExecutionContext, engine: Engine, exports: Exports, profile: ir.Table, findings: ir.Table
    ) -> Published:
        run = Run.of(context, domain)
        made_of = spec.key_of(tables.DATA_PROFILE)
        months = months_to_make(context, run.months, made_of, lambda month: exports.has(key, month))
        made = {month: _publish(spec, month, run, profile, findings, engine, exports) for month in months}
        left_out = dict.fromkeys([month for month in run.months if month not in made], NOT_MADE)
        yield from published(context, exports, key, {**dict.fromkeys(run.months, ()), **made}, months=left_out)

    return page


def _publish(
    spec: DomainSpec, month: date, run: Run, profile: ir.Table, findings: ir.Table, engine: Engine, exports: Exports
) -> tuple[PublishedFile, ...] | None:
    last_day, first = run.as_of(month) - timedelta(days=1), shifted(month, -_HISTORY)
    rows = engine.backend.to_pyarrow(profile.filter(profile.month.isin([shifted(month, -1), month]))).to_pylist()
    told = engine.backend.to_pyarrow(findings.filter(findings.month.between(first, month))).to_pylist()
    made = profile_page(
        *(spec.domain, month, last_day),
        columns=[row for row in rows if row["month"] == month],
        before=[row for row in rows if row["month"] != month],
        findings=told,
    )

    def faults(drafts: Sequence[Path]) -> tuple[str, ...]:
        for draft in drafts:
            check_page(draft.name, draft.read_text(encoding="utf-8"), len(made.sections))
        return ()

    contents = {f"{spec.file_name(NAME)}.html": html(made).encode()}
    files, _ = publish_together(exports, spec.published(NAME), month, contents, faults)
    return files
