"""Publications: gold tables of one month to the rows of a file for business people.

Belongs here: joins, the columns of each file and their order. Does not belong here: labels and formats
(`columns`, `publications`), the writing of files (`exports`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from string import Formatter
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.identities import ACCOUNT
from arcana_assets.domain.facets.features import LIFT, MEAN, MEDIAN, PERCENTILE, PERSONA_OF
from arcana_assets.presentation.language import DEFAULT, Language

Month: TypeAlias = date | ir.DateScalar
"""The first day of the month, or an expression of it."""

WORDS = (
    "description",
    "typical_customers",
    "membership_rule",
    "membership_fidelity",
    "actions",
    "confident",
    "form",
    "reason",
)
_SITUATIONS = ("member", "at_risk", "candidate", "removed")
_CHANGES = ("entered", "left", "fell_short", "recovered")
_OTHER_REASONS = (
    *(("large_order", "order_value"), ("reversal_of_the_day", "reversed")),
    ("isolation_forest", "together"),
)
_RARE = "_isolation_forest_together"
_STATISTICS = (MEAN, MEDIAN, LIFT, PERCENTILE)


def base_analitica(
    customers: ir.Table, segments: ir.Table | None, month: Month, segmentations: Sequence[str]
) -> ir.Table:
    """Customer 360 of a month with the persona in each segmentation, a row a customer.

    Who has no segment keeps the row, without a persona.
    """
    rows = customers.filter(customers.month == month)
    for name in segmentations:
        assert segments is not None, "segmentations come with a table of segments"
        mine = segments.filter(segments.month == month, segments.segmentation == name)
        personas = mine.select(_customer="customer_id", **{f"{PERSONA_OF}{name}": "persona"})
        rows = rows.left_join(personas, rows.customer_id == personas["_customer"]).drop("_customer")
    first = ["customer_id", "month", *(f"{PERSONA_OF}{name}" for name in segmentations)]
    return rows.select(*first, *(name for name in rows.columns if name not in first)).order_by("customer_id")


def clientes_por_segmento(
    segments: ir.Table, profiles: ir.Table, customers: ir.Table, month: Month, headlines: Sequence[str]
) -> ir.Table:
    """Segments of a month, a row a customer and segmentation, with the previous segment's persona and headline columns.

    `profiles` are of the month and the one before it: a segment is called as it was called then.
    """
    mine = segments.filter(segments.month == month)
    before = profiles.filter(profiles.month == _scalar(month) - ibis.interval(months=1)).select(
        _segmentation="segmentation", _segment="segment_id", previous_persona="persona"
    )
    rows = mine.left_join(
        before, [mine.segmentation == before["_segmentation"], mine.previous_segment_id == before["_segment"]]
    )
    known = [name for name in headlines if name not in rows.columns]
    facts = customers.filter(customers.month == month).select(*known, _customer="customer_id")
    rows = rows.left_join(facts, rows.customer_id == facts["_customer"])
    columns = (
        *("customer_id", "month", "segmentation", "segment_id", "persona"),
        *("previous_segment_id", "previous_persona", "distance"),
    )
    return rows.select(*columns, *known).order_by("segmentation", "segment_id", "customer_id")


def contas_unificadas(identities: ir.Table, month: Month) -> ir.Table:
    """Accounts that are another customer's as of a month, a row an account: account, customer, since."""
    return _merged(identities, month).select("month", "member_id", "customer_id", "since").order_by("member_id")


def merged_expected(identities: ir.Table, month: Month) -> ir.IntegerScalar:
    """How many rows `contas_unificadas` has."""
    return _merged(identities, month).count()


def _merged(identities: ir.Table, month: Month) -> ir.Table:
    known = identities.filter(identities.month == month, identities.kind == ACCOUNT)
    return known.filter((known.customer_id != known.member_id).fill_null(False))


def clientes_atipicos(
    outliers: ir.Table,
    customers: ir.Table,
    month: Month,
    labels: Mapping[str, str],
    headlines: Sequence[str],
    language: Language = DEFAULT,
) -> ir.Table:
    """Customers who stand out in a month, a row each with all reasons, the largest first, and headline columns.

    `labels` are those of the measures that customers are compared by, in their order.
    """
    mine = _atypical(outliers, month)
    whole = mine.group_by("customer_id", "rule", "measure").agg(
        events=mine.count(),
        key=mine.key.min(),
        value=mine.value.max(),
        total=mine.value.sum(),
        centre=mine.centre.max(),
        of_customer=mine.share_of_revenue.max(where=mine.grain == "customer"),
        of_events=mine.share_of_revenue.sum(where=mine.grain == "event"),
        worth=mine.value.sum(where=mine.grain == "event"),
    )
    told = whole.mutate(
        reason=_why(whole, labels, language), size=ibis.coalesce(whole.of_customer, whole.of_events, 0.0)
    )
    kinds = [*(("robust_z", name) for name in labels), *_OTHER_REASONS]
    said = {
        f"_{rule}_{name}": told.reason.max(where=(told.rule == rule) & (told.measure == name)) for rule, name in kinds
    }
    each = told.group_by("customer_id").agg(
        **said, share_of_revenue=told.of_customer.max(), events_value=told.worth.sum(), size=told["size"].max()
    )
    # That all measures together are rare says nothing more of who is said to be far out by one of them.
    first = ibis.literal("; ").join([each[name] for name in said if name != _RARE])
    each = each.mutate(reason=first.nullif("").fill_null(each[_RARE]))
    facts = customers.filter(customers.month == month).select(*headlines, _customer="customer_id")
    rows = each.left_join(facts, each.customer_id == facts["_customer"])
    place = ibis.row_number().over(order_by=[rows["size"].desc(), rows.customer_id]) + 1
    ranked = rows.mutate(month=_scalar(month), rank=place.cast("int64"))
    columns = ("rank", "customer_id", "month", "reason", "share_of_revenue", "events_value")
    return ranked.select(*columns, *headlines).order_by("rank")


def atypical_expected(outliers: ir.Table, customers: ir.Table, month: Month) -> ir.IntegerScalar:
    """How many rows `clientes_atipicos` has."""
    return _atypical(outliers, month).customer_id.nunique()


def recomendacoes_por_cliente(recommendations: ir.Table, month: Month) -> ir.Table:
    """Recommendations of a month, a row a customer and rank, with empty columns for what came of the offer."""
    mine = recommendations.filter(recommendations.month == month)
    columns = (
        *("customer_id", "month", "segment", "rank", "item_id", "item_name", "reason"),
        *("probability", "ticket", "expected_value", "score"),
    )
    empty = {"offered_at": ibis.null("date"), "outcome": ibis.null("string")}
    return mine.select(*columns, **empty).order_by("customer_id", "rank")


def previsoes_por_cliente(
    predictions: ir.Table,
    month: Month,
    titles: Mapping[str, str],
    methods: Mapping[str, str],
    methods_of_spend: Mapping[str, str],
    horizons: Mapping[str, str],
) -> ir.Table:
    """Predictions of a month, a row a customer, prediction and horizon, the likeliest, or of most spend, first.

    `titles` say what is predicted, by the name of the prediction, `methods` what candidates are called, those of spend
    apart, `horizons` how `7 days` and `3 months` read.
    """
    mine = predictions.filter(predictions.month == month)
    order = [mine.probability.coalesce(mine.expected).desc(), mine.customer_id]
    place = ibis.row_number().over(group_by=[mine.prediction, mine.horizon], order_by=order) + 1
    named = mine.prediction.cases(*titles.items(), else_=mine.prediction)
    method = ibis.ifelse(
        mine.expected.isnull(),
        mine.champion.cases(*methods.items(), else_=mine.champion),
        mine.champion.cases(*methods_of_spend.items(), else_=mine.champion),
    )
    horizon = mine.horizon.cast("string") + " " + mine.unit
    within = horizon.cases(*horizons.items(), else_=horizon)
    ranked = mine.mutate(rank=place.cast("int64"), prediction_title=named, champion=method, horizon_label=within)
    columns = (
        *("prediction", "prediction_title", "horizon_label", "rank", "customer_id", "month", "made_in"),
        *("probability", "expected", "low", "high", "decile", "next_visit_by", "last_period", "reasons"),
        *("champion", "note"),
    )
    return ranked.order_by("prediction", "horizon", "rank").select(*columns)


def recomendacoes_por_segmento(opportunities: ir.Table, month: Month, top: int) -> ir.Table:
    """Opportunities of a month, a row a segment and rank, `top` a segment: by expected value, then by potential."""
    mine = opportunities.filter(opportunities.month == month)
    order = [
        ibis.desc(mine.expected_value, nulls_first=False),
        ibis.desc(mine.potential, nulls_first=False),
        mine.item_id,
    ]
    place = ibis.row_number().over(group_by=[mine.segment], order_by=order) + 1
    ranked = mine.mutate(rank=place.cast("int64"))
    columns = (
        *("month", "segment", "rank", "item_id", "item_name", "customers", "owners", "penetration", "may_buy"),
        *("recommended_to", "ticket", "expected_value", "potential"),
    )
    return ranked.filter(ranked["rank"] <= top).select(*columns).order_by("segment", "rank")


def opportunities_expected(opportunities: ir.Table, month: Month, top: int) -> ir.IntegerScalar:
    """How many rows `recomendacoes_por_segmento` has: of each segment its items, `top` at most."""
    mine = opportunities.filter(opportunities.month == month)
    items = mine.group_by("segment").agg(items=mine.count())
    return ibis.least(items["items"], top).sum().fill_null(0)


def produtos_por_segmento(ownership: ir.Table, segments: ir.Table, month: Month, top: int) -> ir.Table:
    """The `top` items that most customers of each segment own, a row a segment and rank.

    `ownership` has one row a customer and item owned (customer_id, month, item_id, item_name, since, recent), so that
    rows are customers: to tell ids apart would take memory for each of them. Among items of as many customers the one
    that more got recently is first, then the lower code.
    """
    mine = segments.filter(segments.month == month)
    by = ["segmentation", "segment_id"]
    sizes = mine.group_by(by).agg(persona=mine.persona.min(), segment_customers=mine.count())
    owned = ownership.filter(ownership.month == month).drop("month")
    pairs = mine.select("customer_id", *by).inner_join(owned, "customer_id")
    counted = pairs.group_by([*by, "item_id"]).agg(
        item_name=pairs.item_name.min(),
        customers=pairs.count(),
        recent_customers=pairs.recent.sum().fill_null(0).cast("int64"),
    )
    order = [counted.customers.desc(), counted.recent_customers.desc(), counted.item_id]
    place = ibis.row_number().over(group_by=[counted[name] for name in by], order_by=order) + 1
    ranked = counted.mutate(rank=place.cast("int64"))
    best = ranked.filter(ranked["rank"] <= top).inner_join(sizes, by)
    rows = best.mutate(month=_scalar(month), share=best.customers / best.segment_customers)
    columns = (
        *("month", "segmentation", "segment_id", "persona", "rank", "item_id", "item_name"),
        *("customers", "recent_customers", "segment_customers", "share"),
    )
    return rows.select(*columns).order_by("segmentation", "segment_id", "rank")


def items_expected(ownership: ir.Table, segments: ir.Table, month: Month, top: int) -> ir.IntegerScalar:
    """How many rows `produtos_por_segmento` has: of each segment the different items owned, `top` at most."""
    mine, owned = segments.filter(segments.month == month), ownership.filter(ownership.month == month)
    pairs = mine.inner_join(owned.select("customer_id", "item_id"), "customer_id")
    items = pairs.group_by("segmentation", "segment_id").agg(items=pairs.item_id.nunique())
    return ibis.least(items["items"], top).sum().fill_null(0)


def resumo_dos_segmentos(profiles: ir.Table, month: Month) -> ir.Table:
    """Profiles of a month, a row a segment; the figures of a feature stand beside one another."""
    mine = profiles.filter(profiles.month == month)
    fixed = ["month", "segmentation", "segment_id", "persona", "customers", "share", *WORDS]
    features = [name.removeprefix(MEAN) for name in mine.columns if name.startswith(MEAN)]
    together = [prefix + name for name in features for prefix in _STATISTICS if prefix + name in mine.columns]
    others = [name for name in mine.columns if name not in (*fixed, *together)]
    return mine.select(*fixed, *together, *others).order_by("segmentation", "segment_id")


def lista_de_fidelidade(
    ledger: ir.Table,
    predictions: ir.Table | None,
    month: Month,
    spend: str = "",
    horizon: int = 0,
    language: Language = DEFAULT,
) -> ir.Table:
    """The ledgers of a month, a row a programme and customer, by situation; what is expected of each where it is known.

    Members come first, then who is at risk, each by what is expected of them, or by what they paid while that is not
    known; then candidates, the nearest first, then who left. What is expected is of the prediction `spend` at a
    `horizon`, and never told without what it is at most; of nobody where there are no `predictions` of it.
    """
    mine = ledger.filter(ledger.month == month)
    if predictions is None:
        nobody: dict[str, ir.Value] = {name: ibis.null("float64") for name in ("expected", "expected_up_to")}
        rows = mine.mutate(**nobody)
    else:
        told = predictions.filter(
            *(predictions.month == month, predictions.prediction == spend, predictions.horizon == horizon),
            predictions.high.notnull(),
        )
        expected = told.select(_customer="customer_id", expected="expected", expected_up_to="high")
        rows = mine.left_join(expected, mine.customer_id == expected["_customer"])
    situations = [(each, language.say(f"workbook.situations.{each}")) for each in _SITUATIONS]
    changes = [(each, language.say(f"workbook.changes.{each}")) for each in _CHANGES]
    place = rows.state.cases(*((state, place) for place, state in enumerate(_SITUATIONS)), else_=len(_SITUATIONS))
    order = [
        ibis.ifelse(rows.state == "candidate", rows.gap, 0.0),
        ibis.desc(rows.expected, nulls_first=False),
        ibis.desc(rows.revenue, nulls_first=False),
        rows.customer_id,
    ]
    ranked = rows.mutate(
        _place=place,
        situation=rows.state.cases(*situations, else_=rows.state),
        in_the_month=rows.change.cases(*changes, else_=ibis.null("string")),
        priority=ibis.row_number().over(group_by=[rows.programme, rows.state], order_by=order).cast("int64") + 1,
    )
    columns = (
        *("programme", "customer_id", "month", "situation", "in_the_month", "priority", "since", "member_since"),
        *("revenue", "expected", "expected_up_to", "lacking", "reason"),
    )
    return ranked.order_by("programme", "_place", "priority").select(*columns)


def _atypical(outliers: ir.Table, month: Month) -> ir.Table:
    """What makes a known customer atypical; a large line is wholesale, and what went back later happens every day."""
    return outliers.filter(
        outliers.month == month,
        outliers.customer_id.notnull(),
        (outliers.grain == "customer") | outliers.rule.isin(["large_order", "reversal_of_the_day"]),
    )


def _why(rows: ir.Table, labels: Mapping[str, str], language: Language) -> ir.StringValue:
    """The sentence of a rule, by what it is compared with."""
    value, centre, total = (_said(rows[name], language) for name in ("value", "centre", "total"))
    named = rows.measure.cases(*labels.items(), else_=rows.measure)
    orders = {"events": rows.events.cast("string"), "value": value, "centre": centre}
    order = {"key": rows.key, "value": value, "centre": centre}
    small = [label[:1].lower() + label[1:] if label[1:2].islower() else label for label in labels.values()]
    together = ", ".join(small[:-1])
    if small:
        last = small[-1]
        together = language.say("segmentation.and", one=together, other=last) if together else last
    return rows.rule.cases(
        ("robust_z", _filled(language, "atypical.far", label=named, value=value, centre=centre)),
        ("isolation_forest", ibis.literal(language.say("atypical.rare", measures=together))),
        (
            "large_order",
            ibis.ifelse(
                rows.events > 1,
                _filled(language, "atypical.orders", **orders),
                _filled(language, "atypical.order", **order),
            ),
        ),
        ("reversal_of_the_day", _filled(language, "atypical.reversed", total=total)),
        else_=rows.rule,
    )


def _filled(language: Language, key: str, /, **values: ir.Value) -> ir.StringValue:
    """A sentence whose values are columns."""
    sentence = language.say(key, **{name: f"{{{name}}}" for name in values})
    parts: list[ir.StringValue] = []
    for text, name, _, _ in Formatter().parse(sentence):
        parts += [ibis.literal(text)] * bool(text) + ([values[name]] if name else [])
    return reduce(lambda one, other: one + other, parts)


def _said(number: ir.Value, language: Language) -> ir.StringValue:
    """A number as people write it, without decimals: 1.234.567."""
    plain = number.round().cast("int64").cast("string")
    mark = language.texts["notation"]["thousands"]
    apart = plain.re_replace(r"(\d)(\d{3})$", rf"\1{mark}\2")
    return apart.re_replace(rf"(\d)(\d{{3}})\{mark}", rf"\1{mark}\2{mark}")


def _scalar(month: Month) -> ir.DateScalar:
    return month if isinstance(month, ir.DateScalar) else ibis.literal(month)
