"""Publications: gold tables of a month as files for business people, read back before they take their place.

Belongs here: which tables feed which file, and in which order it is written, checked and published. Does not belong
here: what the checks say (`checks`), the rows (`publication.rows`), labels (`publication.columns`), the formats and
places of files (`exports`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.outliers.tables import measures_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.features import PERSONA_OF
from arcana_assets.domain.facets.visitors import IDENTITIES
from arcana_assets.domain.settings.predictions import EXPECTED_MONTHS
from arcana_assets.engine.blocks import blocks
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.engine.primitives import given_day
from arcana_assets.exports.files import Exports
from arcana_assets.exports.publishing import Published, published
from arcana_assets.graph.files_asset import files_asset
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.champion import WORDS, WORDS_OF_SPEND
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of
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
from arcana_assets.publication.drafts import ROWS, Edition, write_draft
from arcana_assets.publication.parts import Cut, write_parts
from arcana_assets.publication.publications import Publication

MONTH = "month"  # the name under which queries are given theirs
CUSTOMER = "customer_id"
CUSTOMERS_AT_ONCE = 100_000  # of a publication of more rows than a worksheet takes: those whose rows are sorted at once
TOP_ITEMS, TOP_OPPORTUNITIES = 20, 50  # of each segment

Tables = Mapping[str, ir.Table]


@dataclass(frozen=True)
class _Plan:
    """How a publication is made: of which gold tables, how of these and the month its rows, and how many there must be.

    Left out, there must be as many as the first table has. Of the tables in `before` the month before is read, too.
    A table of `told_by` says in a row of the month why its rows are those, which the workbook tells beside them.
    Of more rows than a worksheet takes there is a file for each value of the columns `cut_by`. Where the rows of each
    customer are made of that customer's alone, in the order of customers within these (`by_customer`), so many rows are
    made a block of customers at a time.
    """

    publication: Publication
    tables: tuple[str, ...]
    rows: Callable[..., ir.Table]
    expected: Callable[..., ir.IntegerScalar] | None = None
    before: tuple[str, ...] = ()
    told_by: str = ""
    cut_by: tuple[str, ...] = ()
    by_customer: bool = False

    def ins(self, spec: DomainSpec) -> dict[str, dg.AssetIn]:
        """Its inputs, by the names of the tables."""
        names = (*self.tables, self.told_by) if self.told_by else self.tables
        return {name: with_history(spec.key("gold", name), int(name in self.before)) for name in names}

    def rows_of(self, tables: Tables) -> ir.Table:
        """The rows of the month that is given."""
        return self.rows(*(tables[name] for name in self.tables), given_day(MONTH))

    def expected_of(self, tables: Tables) -> ir.IntegerScalar:
        """How many rows there must be of it."""
        first, *others = (tables[name] for name in self.tables)
        month = given_day(MONTH)
        return self.expected(first, *others, month) if self.expected else first.filter(first.month == month).count()

    def blocks_of(self, tables: Tables, month: date, engine: Engine) -> Iterator[ir.Table]:
        """The rows of a month, block of customers after block; within what the table is cut by in their order."""
        if not self.by_customer:
            yield self.rows_of(tables)
            return
        first = tables[self.tables[0]]
        customers = first.filter(first.month == month).select(CUSTOMER).distinct()
        for block in blocks(customers, CUSTOMERS_AT_ONCE, engine):
            mine = {name: block.of(rows) for name, rows in tables.items() if CUSTOMER in rows.columns}
            yield self.rows_of({**tables, **mine})


def publication_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The publications that a domain with a customer 360 has tables for."""
    return [_asset(spec, plan) for plan in _plans(spec.domain)]


def _plans(domain: CustomerDomain) -> Iterator[_Plan]:
    names = domain.groupings
    if not names:
        yield _Plan(
            known.BASE_ANALITICA,
            ("customer_360",),
            lambda rows, month: rows_of.base_analitica(rows, None, month, ()),
            by_customer=True,
        )
    else:
        yield _Plan(
            known.BASE_ANALITICA,
            ("customer_360", "segments"),
            partial(rows_of.base_analitica, segmentations=names),
            cut_by=(f"{PERSONA_OF}{names[0]}",),
            by_customer=True,
        )
    yield _Plan(
        known.CLIENTES_ATIPICOS,
        ("outliers", "customer_360"),
        partial(_clientes_atipicos, domain),
        rows_of.atypical_expected,
    )
    if IDENTITIES.name in domain.facets:
        yield _Plan(
            known.CONTAS_UNIFICADAS, ("customer_identities",), rows_of.contas_unificadas, rows_of.merged_expected
        )
    if domain.segmentations:
        axes = [segmentation.axis for segmentation in domain.segmentations]
        yield _Plan(
            known.CLIENTES_POR_SEGMENTO,
            ("segments", "segment_profiles", "customer_360"),
            partial(_clientes_por_segmento, axes),
            before=("segment_profiles",),
            cut_by=("segmentation", "persona"),
            by_customer=True,
        )
        if domain.has_items:
            yield _Plan(
                known.PRODUTOS_POR_SEGMENTO,
                ("items_owned", "segments"),
                partial(rows_of.produtos_por_segmento, top=TOP_ITEMS),
                partial(rows_of.items_expected, top=TOP_ITEMS),
            )
        yield _Plan(known.RESUMO_DOS_SEGMENTOS, ("segment_profiles",), rows_of.resumo_dos_segmentos)
    yield from _recommended(domain)
    yield from _predicted(domain)
    yield from _listed(domain)


def _recommended(domain: CustomerDomain) -> Iterator[_Plan]:
    if domain.recommendations:
        yield _Plan(
            known.RECOMENDACOES_POR_CLIENTE,
            ("recommendations",),
            rows_of.recomendacoes_por_cliente,
            told_by="recommendation_evaluation",
            cut_by=("segment",),
            by_customer=True,
        )
        yield _Plan(
            known.RECOMENDACOES_POR_SEGMENTO,
            ("recommendation_opportunities",),
            partial(rows_of.recomendacoes_por_segmento, top=TOP_OPPORTUNITIES),
            partial(rows_of.opportunities_expected, top=TOP_OPPORTUNITIES),
        )


def _predicted(domain: CustomerDomain) -> Iterator[_Plan]:
    if domain.predictions:
        titles, language = {each.name: each.title for each in domain.predictions}, language_of(domain.language)
        horizons = {
            f"{horizon} {each.unit}": language.say(f"horizons.{each.unit}", n=horizon)
            for each in domain.predictions
            for horizon in each.horizons
        }
        yield _Plan(
            known.PREVISOES_POR_CLIENTE,
            ("predictions",),
            partial(
                rows_of.previsoes_por_cliente,
                titles=titles,
                methods={name: language.say(f"predictors.{name}") for name in WORDS},
                methods_of_spend={name: language.say(f"predictors.of_spend.{name}") for name in WORDS_OF_SPEND},
                horizons=horizons,
            ),
            cut_by=("prediction", "horizon_label"),
        )


def _listed(domain: CustomerDomain) -> Iterator[_Plan]:
    language = language_of(domain.language)
    if domain.programmes and (spend := domain.expected_spend):
        listed = partial(rows_of.lista_de_fidelidade, spend=spend.name, horizon=EXPECTED_MONTHS, language=language)
        yield _Plan(known.LISTA_DE_FIDELIDADE, ("loyalty_members", "predictions"), listed, cut_by=("programme",))
    elif domain.programmes:
        yield _Plan(
            known.LISTA_DE_FIDELIDADE,
            ("loyalty_members",),
            lambda ledger, month: rows_of.lista_de_fidelidade(ledger, None, month, language=language),
            cut_by=("programme",),
        )


def _clientes_por_segmento(
    axes: Sequence[str], segments: ir.Table, profiles: ir.Table, customers: ir.Table, month: rows_of.Month
) -> ir.Table:
    return rows_of.clientes_por_segmento(segments, profiles, customers, month, headlines(axes, customers.columns))


def _clientes_atipicos(
    domain: CustomerDomain, outliers: ir.Table, customers: ir.Table, month: rows_of.Month
) -> ir.Table:
    measures = [name for names in measures_of(domain.facets).values() for name in names]
    language, shown = language_of(domain.language), headlines(measures, customers.columns)
    labels = {name: label_of(name, language) for name in measures}
    return rows_of.clientes_atipicos(outliers, customers, month, labels, shown, language)


def _asset(spec: DomainSpec, plan: _Plan) -> dg.AssetsDefinition:
    domain, publication = spec.domain, plan.publication
    key = spec.published(publication.name)

    @files_asset(
        spec,
        publication.name,
        f"For business people: {publication.description} A CSV file and a workbook a month; "
        "of more rows than a worksheet takes a folder of CSV files, by segment.",
        {"csv", "excel"},
        ins=plan.ins(spec),
        checks=check_specs(key),
    )
    def publish(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Published:
        run, rows = Run.of(context, domain), plan.rows_of(tables)
        queries = engine.query(rows), engine.query(plan.expected_of(tables).name("rows").as_table())
        made = [_publish(spec, plan, run, month, queries, tables, engine, exports) for month in run.months]
        for each in made:
            if each.draft.parts:
                context.log.info(f"{each.month:%Y-%m}: {each.draft.left_out}")
        yield from published(
            context,
            exports,
            key,
            {each.month: each.files or None for each in made},
            checks=list(check_results(key, made)),
            months={each.month: month_metadata(each) for each in made},
            run=run_metadata(made, rows),
        )

    return publish


def _publish(
    spec: DomainSpec,
    plan: _Plan,
    run: Run,
    month: date,
    queries: tuple[Query, Query],
    tables: Tables,
    engine: Engine,
    exports: Exports,
) -> MonthPublished:
    """Publishes a month. `queries` are of the rows, and of how many there must be, in a month that is given."""
    domain, key = spec.domain, spec.published(plan.publication.name)
    rows, expected = queries[0], int(queries[1].only(month=month))
    last_day, language = run.as_of(month) - timedelta(days=1), language_of(domain.language)
    edition = Edition(
        plan.publication,
        month,
        title=domain.title,
        timezone=domain.timezone,
        currency=domain.currency,
        about=(
            (language.say("workbook.data_until"), language.day(last_day)),
            *_why(plan, tables, month, engine, language),
        ),
        language=language,
    )
    with exports.drafts(key) as folder:
        if expected > exports.sheet_rows:
            cut = _cut(plan, rows, month, expected, engine)
            batches = _batches(plan, tables, month, engine)
            draft = write_parts(folder, batches, rows.schema, edition, engine, cut, exports.sheet_rows)
        else:
            limits = exports.sheet_rows, exports.sheet_columns
            draft = write_draft(folder, rows, edition, engine, expected, limits)
        done = MonthPublished(month, draft, expected)
        if not (done.every_row and done.no_formulas):
            return done
        publish = exports.publish_in_month if draft.parts else exports.publish
        return replace(done, files=publish(draft.files, key, month))


def _why(plan: _Plan, tables: Tables, month: date, engine: Engine, language: Language) -> Iterator[tuple[str, str]]:
    """Why the rows of a month are those, where a table says so: of what serves, over all customers."""
    if plan.told_by:
        board = tables[plan.told_by]
        mine = board.filter(board.month == month, board.serves, board.segment == "", board.reason.notnull())
        for row in engine.small(mine.select("reason"), at_most=1).to_pylist():
            yield language.say("workbook.why"), row["reason"]


def _cut(plan: _Plan, rows: Query, month: date, expected: int, engine: Engine) -> Cut:
    """How many rows each segment of a publication has."""
    if not plan.cut_by:
        return Cut((), {(): expected})
    names = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in plan.cut_by)
    counted = rows.asking(f"SELECT {names}, count(*) FROM ({rows.sql}) GROUP BY ALL").rows(**{MONTH: month})
    return Cut(plan.cut_by, {tuple(segment): count for *segment, count in counted})


def _batches(plan: _Plan, tables: Tables, month: date, engine: Engine) -> Iterator[pa.RecordBatch]:
    for block in plan.blocks_of(tables, month, engine):
        with engine.query(block).batches(ROWS, **{MONTH: month}) as batches:
            yield from batches
