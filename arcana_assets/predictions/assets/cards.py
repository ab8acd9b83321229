"""Cards of models: an HTML page and the same as JSON, a month and prediction, read back before they appear.

Belongs here: which tables feed a card, which months are made, and the order of checking and publishing. Does not belong
here: what is on it (`report`), how pages look (`exports.pages`).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.consent import is_asked
from arcana_assets.customer_360.consent import CONSENT_COVERAGE, PROFILING
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.editions import PublishedFile
from arcana_assets.exports.files import Exports
from arcana_assets.exports.pages import check_page, html
from arcana_assets.exports.publishing import Published, publish_together, published
from arcana_assets.graph.files_asset import NOT_MADE, files_asset, months_to_make
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.assets.everybody import EXACT, willing_rows, with_what_came
from arcana_assets.predictions.assets.inputs import CUSTOMERS, Months, prediction_ins
from arcana_assets.predictions.report.card import CardRows, Objected, OfHorizon, card_of, text_of
from arcana_assets.predictions.report.groups import age_band, compared
from arcana_assets.predictions.report.page import card_page
from arcana_assets.predictions.tables import GOLD, PREDICTIONS, RESULTS, model_table

NAME = "cartoes_dos_modelos"
_MODEL_OF = "model_"
_BACK = 13  # months: the longest horizon, and the month before one that is open
_RESULTS = 12  # months of results that a card tells
_ROWS_OF = ("evaluation", "calibration", "drift")
Rows = list[dict[str, Any]]


def model_cards_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The cards of all predictions of a domain: a folder a month, a page and its JSON a prediction."""
    domain, key = spec.domain, spec.published(NAME)

    @files_asset(
        spec,
        NAME,
        "What each prediction is for and not for, what it learned from, how it was judged, what came, and whether "
        "groups of customers are served alike: a folder a month, an HTML page and the same as JSON a prediction.",
        {"html", "json"},
        group="reports",
        ins=_ins(spec),
    )
    def cards(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Published:
        run, made_of = Run.of(context, domain), spec.key_of(PREDICTIONS)
        months = months_to_make(context, run.months, made_of, lambda month: exports.has(key, month))
        made = {month: _publish(spec, month, _Tables(spec, run, engine, tables), exports) for month in months}
        left_out = dict.fromkeys([month for month in run.months if month not in made], NOT_MADE)
        yield from published(context, exports, key, {**dict.fromkeys(run.months, ()), **made}, months=left_out)

    return cards


def _ins(spec: DomainSpec) -> dict[str, dg.AssetIn]:
    domain = spec.domain
    return {
        **{_MODEL_OF + each.name: dg.AssetIn(spec.key_of(model_table(each))) for each in domain.predictions},
        **{name: dg.AssetIn(spec.key_of(GOLD[name])) for name in _ROWS_OF},
        "results": with_history(spec.key_of(RESULTS), _RESULTS - 1),
        "said": with_history(spec.key_of(PREDICTIONS), _BACK),
        CUSTOMERS: with_history(spec.key("gold", "customer_360"), _BACK),
        **({"segments": with_history(spec.key("gold", "segments"), _BACK)} if domain.segmentations else {}),
        **({"consent": dg.AssetIn(spec.key_of(CONSENT_COVERAGE))} if is_asked(domain) else {}),
        **spec.silvers("customers"),
        **prediction_ins(spec, *domain.predictions),
    }


def _publish(spec: DomainSpec, month: date, tables: "_Tables", exports: Exports) -> tuple[PublishedFile, ...] | None:
    """The cards of a month; one that cannot be read back as it was made keeps back all."""
    contents, sections = dict[str, bytes](), dict[str, int]()
    last_day = tables.run.as_of(month) - timedelta(days=1)
    for prediction in spec.domain.predictions:
        rows = CardRows(month, last_day, tables.horizons(month, prediction), tables.objected(month))
        card = card_of(spec.domain, prediction, rows)
        page = card_page(spec.domain, card)
        sections[f"{prediction.name}.html"] = len(page.sections)
        contents[f"{prediction.name}.html"] = html(page).encode()
        contents[f"{prediction.name}.json"] = text_of(card).encode()

    def faults(drafts: Sequence[Path]) -> tuple[str, ...]:
        for draft in drafts:
            text = draft.read_text(encoding="utf-8")
            if draft.suffix == ".json":
                json.loads(text)
            else:
                check_page(draft.name, text, sections[draft.name])
        return ()

    return publish_together(exports, spec.published(NAME), month, contents, faults)[0]


def _value_of(prediction: Prediction) -> str:
    """The column of `gold/predictions` that says it."""
    return "expected" if prediction.of_money else "probability"


def _by_customer(table: ir.Table, column: str) -> ir.Table:
    """A column by customer: the least of what is said of each, so that no order of rows decides."""
    return table.group_by("customer_id").agg(group=table[column].min())


class _Tables:
    """The rows of a run that cards are made of."""

    def __init__(self, spec: DomainSpec, run: Run, engine: Engine, tables: Mapping[str, ir.Table]) -> None:
        self.spec, self.run, self.engine, self.tables = spec, run, engine, tables

    def horizons(self, month: date, prediction: Prediction) -> list[OfHorizon]:
        """All horizons of a prediction as of a month."""
        months = Months(self.spec, prediction, self.engine, self.run, self.tables)
        models = self.tables[_MODEL_OF + prediction.name]
        told = self._rows(models.filter(models.month == month).order_by("horizon"))
        return [self._horizon(month, prediction, months, row) for row in told]

    def objected(self, month: date) -> Objected | None:
        """How many refuse to be profiled; None where nobody is asked."""
        if "consent" not in self.tables:
            return None
        table, purpose = self.tables["consent"], PROFILING.removesuffix("_opt_in")
        rows = self._rows(table.filter(table.month == month, table.purpose == purpose))
        return Objected(*(rows[0][name] for name in ("customers", "refused", "unasked"))) if rows else None

    def _horizon(self, month: date, prediction: Prediction, months: Months, model: dict[str, Any]) -> OfHorizon:
        horizon, made_in = model["horizon"], model["made_in"]
        of = {name: self._of(name, prediction, horizon) for name in (*_ROWS_OF, "results", "said")}
        said = of["said"].filter(of["said"].month == month)
        expected = said[_value_of(prediction)].cast(EXACT).sum().cast("float64")
        (whole,) = self._rows(said.agg(customers=said.count(), expected=expected))
        last = of["results"].filter(of["results"].month.between(shifted(month, 1 - _RESULTS), month))
        known, groups = months.learnable(made_in, horizon), Rows()
        then = known[-1] if known else None
        if then is not None:
            groups = self._groups(of["said"], months, then, horizon, made_in)
        evaluation, calibration, drift = (of[name].filter(of[name].month == month) for name in _ROWS_OF)
        return OfHorizon(
            model,
            **whole,
            board=self._rows(evaluation.order_by("hold_out", "candidate")),
            calibration=self._rows(calibration.order_by("decile")),
            results=self._rows(last.order_by("month")),
            drift=self._rows(drift.order_by("feature")),
            groups=groups,
            groups_of=then if groups else None,
        )

    def _groups(self, said: ir.Table, months: Months, then: date, horizon: int, by: date) -> Rows:
        """What was said in a month and what came since, by group of the customers as they were then.

        Who refused since to be profiled counts in none. The engine adds up, as decimals: the sum of floating-point
        numbers depends on their order, and a card made again is the same.
        """
        value = said[_value_of(months.prediction)]
        known = said.filter(said.month == then, said.made_in == then, value.notnull())
        rows = willing_rows(months, known.select("customer_id", said=value), by)
        found = dict[str, pd.DataFrame]()
        with self.engine.cache(with_what_came(months, rows, then, horizon, by)) as told:
            for name, groups in self._attributes(then, by).items():
                of_group = told.inner_join(groups.filter(groups.group.notnull()), "customer_id")
                sums = {each: of_group[each].cast(EXACT).sum().cast("float64") for each in ("said", "came")}
                found[name] = self._frame(of_group.group_by("group").agg(n=of_group.count(), **sums))
        if "age" in found:
            bands = found["age"]["group"].map(lambda year: age_band(year, then.year))
            found["age"] = found["age"].assign(group=bands)
        return compared(found)

    def _attributes(self, then: date, now: date) -> dict[str, ir.Table]:
        """Groups by customer: the segment, region, gender and age that the domain knows; nothing of it predicts.

        The group of an age is the year of birth.
        """
        found, domain = dict[str, ir.Table](), self.spec.domain
        if "segments" in self.tables:
            table = self.tables["segments"]
            mine = table.filter(table.month == then, table.segmentation == domain.segmentations[0].name)
            found["segment"] = _by_customer(mine, "persona")
        table = self.tables[CUSTOMERS]
        if "region" in table.columns:
            found["region"] = _by_customer(table.filter(table.month == then), "region")
        sources = [self.tables[name] for name in self.spec.silvers("customers")]
        for name, column in (("gender", "gender"), ("age", "birth_year")):
            parts = [each.filter(each.month == now) for each in sources if column in each.columns]
            if parts:
                stated = ibis.union(*(part.select("customer_id", column) for part in parts), distinct=False)
                found[name] = _by_customer(stated, column)
        return found

    def _of(self, name: str, prediction: Prediction, horizon: int) -> ir.Table:
        table = self.tables[name]
        return table.filter(table.prediction == prediction.name, table.horizon == horizon)

    def _rows(self, table: ir.Table) -> Rows:
        rows: Rows = self.engine.backend.to_pyarrow(table).to_pylist()
        return rows

    def _frame(self, table: ir.Table) -> pd.DataFrame:
        frame: pd.DataFrame = self.engine.backend.to_pyarrow(table).to_pandas()
        return frame
