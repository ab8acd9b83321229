"""Periods: what is wrong with them is said at load, with file, line, place and the nearest right name."""

import pytest

from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.yaml.file import ContractError

SUBSCRIPTIONS = """\
entity: subscriptions
description: Subscriptions from their first to their last day
landing: {pattern: "subscriptions*.csv", deliveries: latest}
format: {kind: csv}
columns:
  - {from: id, to: subscription_id}
  - {from: account, to: customer_id}
  - {from: price, to: mrr}
  - {from: start, to: started_on, formats: ["%Y-%m-%d"]}
helpers:
  - {from: end, to: ended_on, type: date, formats: ["%Y-%m-%d"]}
periods: {start: started_on, end: ended_on}
key: [subscription_id]
deduplicate: {by: started_on, keep: latest}
"""
LEAVES = """\
  customers_from: master
  predictions:
    - {name: leaves, title: Leaves, target: leaves, horizon_months: [3], features: [mrr, mrr_growth_3m, mrr_growth_12m]}
"""
PLACE = "map it in 'columns', or in 'helpers' if the entity has none"


@pytest.fixture
def firm(folder):
    """The domain that is right, with subscriptions beside it."""
    (folder / "sources" / "subscriptions.yaml").write_text(SUBSCRIPTIONS, encoding="utf-8")
    return folder


def test_subscriptions_that_are_periods_are_by_month_and_a_snapshot(firm):
    source = load_domain(firm).sources["subscriptions"]
    assert (source.by_month, source.dated, source.chooses) == (True, False, True)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("end: ended_on}", "end: ended}", 12, f"periods.end: there is no column 'ended' here; {PLACE}"),
        ("start: started_on,", "start: start,", 12, f"periods.start: there is no column 'start' here; {PLACE}"),
        ("end: ended_on}", "ends: ended_on}", 12, "periods.ends: unknown key 'ends'; did you mean 'end'?"),
        ("start: started_on, ", "", 12, "periods.start"),
        (
            "end: ended_on}",
            "end: started_on}",
            12,
            "periods.end: 'started_on' is the first day and the last one; name two columns",
        ),
        (
            'type: date, formats: ["%Y-%m-%d"]',
            "clean: [trim]",
            12,
            "periods.end: 'ended_on' is text, and a period is told in days; say 'type: date' and its 'formats'",
        ),
        (
            "to: mrr}",
            "to: mrr_12m}",
            12,
            "periods: what a row brings in a month is its 'mrr', and no column is mapped to it; map or compute it",
        ),
        (
            ", deliveries: latest",
            "",
            3,
            "landing: an older file would keep running what has ended since; set 'deliveries: latest', or name one "
            "file, which each delivery overwrites",
        ),
        (
            "deliveries: latest",
            "files: 2",
            3,
            "landing: an older file would keep running what has ended since; set 'deliveries: latest', or name one "
            "file, which each delivery overwrites",
        ),
        (
            "helpers:",
            '  - {from: month, to: billed_on, formats: ["%Y-%m"]}\nhelpers:',
            13,
            "periods: 'billed_on' says the month of a row, and periods say its months; leave one of them out",
        ),
    ],
)
def test_periods_that_cannot_be_told_are_named_at_load(firm, said, old, new, line, problem):
    found = said(old, new, "sources/subscriptions.yaml")
    assert [each for each in found if each.startswith(f"subscriptions.yaml:{line}: {problem}")], found


@pytest.mark.parametrize(
    ("more", "place", "name"),
    [
        ("where: {ended_on: {present: false}}", "where.ended_on", "ended_on"),
        ("computed: {product: \"'ends' if ended_on == started_on else 'runs'\"}", "computed.product", "product"),
        (
            "computed: {last: ended_on, product: \"'ends' if last == started_on else 'runs'\"}",
            "computed.product",
            "product",
        ),
        (
            "where: {again: {present: false}}",
            "where.again",
            "again",
        ),
    ],
)
def test_no_row_is_chosen_or_told_by_its_last_day(firm, said, more, place, name):
    """Who counts only what still runs has nobody who leaves, in no month."""
    again = 'helpers:\n  - {from: end, to: again, type: date, formats: ["%Y-%m-%d"]}'
    (firm / "sources" / "subscriptions.yaml").write_text(SUBSCRIPTIONS.replace("helpers:", again), encoding="utf-8")
    assert load_domain(firm)
    found = said("periods: {start", f"{more}\nperiods: {{start", "sources/subscriptions.yaml")
    problem = f"{place}: '{name}' is told by the last day, 'ended_on', which nobody knew in the months before it"
    assert [each for each in found if problem in each], found


def test_a_last_day_may_be_computed_and_what_it_is_made_of_chooses_no_row(firm, said):
    old = 'to: ended_on, type: date, formats: ["%Y-%m-%d"]}'
    text = SUBSCRIPTIONS.replace(old, old.replace("ended_on", "after")) + "computed: {ended_on: after}\n"
    (firm / "sources" / "subscriptions.yaml").write_text(text, encoding="utf-8")
    assert load_domain(firm)
    found = said("computed: {ended", "where: {after: {present: false}}\ncomputed: {ended", "sources/subscriptions.yaml")
    assert [each for each in found if "where.after: 'after' is told by the last day" in each], found


def test_only_subscriptions_have_periods(folder, said):
    problem = "periods: periods are of subscriptions, whose rows are of months; this source is of transactions"
    found = said("ignored: [Till]", "ignored: [Till]\nperiods: {start: ordered_at, end: ordered_at}")
    assert [each for each in found if problem in each], found


def test_who_leaves_is_foretold_of_subscriptions_that_are_periods(firm):
    """Of the same rows without periods nobody can say in which months they were there."""
    defs = firm / "defs.yaml"
    text = defs.read_text(encoding="utf-8")
    defs.write_text(text[: text.index("  segmentations:")] + LEAVES, encoding="utf-8")
    assert load_domain(firm).predictions
    yearly = SUBSCRIPTIONS.replace("periods: {start: started_on, end: ended_on}\n", "")
    (firm / "sources" / "subscriptions.yaml").write_text(yearly, encoding="utf-8")
    with pytest.raises(ContractError, match="no source is conformed to subscriptions with dates or periods"):
        load_domain(firm)
