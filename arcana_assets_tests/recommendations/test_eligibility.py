"""What may not be recommended is left out, and counted once, by the first reason that it has."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.recommendations.eligibility import (
    ALTERNATIVE,
    COOLING,
    LIMITED,
    NEVER,
    OWNED,
    RARE,
    REASONS,
    REQUIRES,
    Eligibility,
    cooling,
)
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.popular import Popular

OWNERS = pd.DataFrame(
    [("a", "base"), ("a", "extra"), ("b", "base"), ("c", "other"), ("c", "odd"), ("d", "other")],
    columns=["customer_id", "item_id"],
)
SEGMENTS = pd.DataFrame({"customer_id": list("abcd"), "segment": ["s", "s", "t", "t"]})
FREE = {
    *(("a", item) for item in ("odd", "other")),
    *(("b", item) for item in ("extra", "odd", "other")),
    *(("c", item) for item in ("base", "extra")),
    *(("d", item) for item in ("base", "extra", "odd")),
}


def known() -> Interactions:
    return Interactions.from_frames(OWNERS, OWNERS, SEGMENTS)


def rules(attributes: pd.DataFrame | None = None, cools: pd.DataFrame | None = None, **settings: Any) -> Eligibility:
    return Eligibility(known(), Recommendations(segmentation="value", **settings), attributes, cools)


def listed(eligibility: Eligibility) -> set[tuple[str, str]]:
    lines = recommend(Popular().fit(known()), known(), 5, eligibility.allowed)
    return {(row.customer_id, row.item_id) for row in lines.itertuples()}


def pairs(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "item_id"])


def test_without_rules_whatever_is_not_owned_may_be_recommended() -> None:
    assert listed(rules()) == FREE


def test_items_never_rare_or_without_what_they_require_are_left_out() -> None:
    found = listed(rules(never=["odd"], requires={"extra": ["base"]}))
    assert found == {("a", "other"), ("b", "extra"), ("b", "other"), ("c", "base"), ("d", "base")}
    assert listed(rules(minimum_owners=2)) == {("a", "other"), ("b", "other"), ("c", "base"), ("d", "base")}


def test_who_owns_one_of_several_alternatives_is_not_recommended_the_others() -> None:
    found = listed(rules(alternatives=[["base", "other", "unheard of"]]))
    assert FREE - found == {("a", "other"), ("b", "other"), ("c", "base"), ("d", "base")}


def test_an_item_with_limits_goes_only_to_customers_inside_all_of_them() -> None:
    where = pd.DataFrame({"customer_id": list("abc"), "region": ["Sul", "Norte", "Sul"]})
    limited = {"extra": {"region": ["Sul"], "persona": ["t"]}, "odd": {"region": ["Norte"]}}
    found = listed(rules(where, limits=limited))
    # Of d no region is known: d is outside.
    assert FREE - found == {("b", "extra"), ("d", "extra"), ("a", "odd"), ("d", "odd")}


def test_a_persona_in_a_limit_may_be_said_without_its_number() -> None:
    numbered = SEGMENTS.assign(segment=["01-VIPs", "01-VIPs", "02-Novos", "02-Novos"])
    interactions = Interactions.from_frames(OWNERS, OWNERS, numbered)
    for said, inside in ((["VIPs"], {"a", "b"}), (["01-VIPs"], {"a", "b"}), (["Novos"], {"c", "d"})):
        settings = Recommendations(segmentation="value", limits={"odd": {"persona": said}})
        allowed = Eligibility(interactions, settings).allowed(np.arange(4))[:, interactions.items.tolist().index("odd")]
        assert {each for each, may in zip("abcd", allowed, strict=True) if may} == inside


def test_what_was_offered_lately_is_left_out_and_strangers_among_the_answers_do_no_harm() -> None:
    found = listed(rules(cools=pairs(("a", "odd"), ("z", "odd"), ("a", "unheard of"), ("a", "base"))))
    assert FREE - found == {("a", "odd")}


def test_every_pair_left_out_is_counted_once_by_its_first_reason() -> None:
    found = rules(never=["odd"], requires={"extra": ["base"]}, alternatives=[["base", "other"]], minimum_owners=2)
    account = found.account()
    counted = account.left_out.set_index("reason")
    # odd: owned by c, never for a, b, d; base and other: instead of one another; extra: c and d lack base, b is left to
    # the rule of rare items, which comes last.
    expected = {OWNED: 6, NEVER: 3, ALTERNATIVE: 4, LIMITED: 0, REQUIRES: 2, COOLING: 0, RARE: 1}
    assert counted["pairs"].to_dict() == expected
    assert tuple(counted.index) == REASONS
    assert counted["items"].to_dict() == expected | {OWNED: 4, NEVER: 1, ALTERNATIVE: 2, REQUIRES: 1, RARE: 1}
    owned = known().owned.toarray() > 0
    assert 16 - counted["pairs"].sum() == (found.allowed(np.arange(4)) & ~owned).sum() == account.may_buy.sum()


def test_who_may_buy_is_counted_by_segment() -> None:
    account = rules().account()
    assert account.labels.tolist() == ["s", "t"]
    items = known().items.tolist()
    assert dict(zip(items, account.may_buy[0].tolist(), strict=True)) == {"base": 0, "extra": 1, "odd": 2, "other": 2}
    assert dict(zip(items, account.may_buy[1].tolist(), strict=True)) == {"base": 2, "extra": 2, "odd": 1, "other": 0}


def test_the_size_of_blocks_changes_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rules(requires={"extra": ["base"]}).account()
    monkeypatch.setattr("arcana_assets.recommendations.eligibility.BLOCK", 4)
    each = rules(requires={"extra": ["base"]}).account()
    assert each.left_out.equals(whole.left_out)
    assert each.may_buy.tolist() == whole.may_buy.tolist()


def test_rules_about_items_that_nobody_owns_are_named() -> None:
    found = rules(
        never=["ood"], requires={"extra": ["bass"]}, alternatives=[["base", "otter"]], limits={"x": {"p": ["q"]}}
    )
    assert found.unknown == ["bass", "ood", "otter", "x"]


MONTHS = {"won": 3, "lost": 1, "refused": 6, "not_fit": 24}


def answers(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "item_id", "offered_at", "outcome"])
    return table.assign(offered_at=[date.fromisoformat(day) for day in table["offered_at"]])


def cools(*rows: tuple[str, str, str, str], as_of: date = date(2011, 7, 1)) -> list[tuple[str, str]]:
    found = cooling(answers(*rows), MONTHS, as_of)
    return list(found.itertuples(index=False, name=None))


def test_an_answer_holds_for_the_months_of_its_outcome() -> None:
    assert cools(
        ("a", "x", "2011-01-02", "refused"),  # until 2 July
        ("b", "x", "2011-01-01", "refused"),  # until 1 July, which is over
        ("c", "x", "2011-05-31", "lost"),
        ("d", "x", "2011-06-30", "lost"),
        ("e", "x", "2009-08-01", "not_fit"),
    ) == [("a", "x"), ("d", "x"), ("e", "x")]


def test_the_last_answer_counts_and_of_one_day_the_one_that_holds_longer() -> None:
    assert cools(("a", "x", "2011-01-10", "refused"), ("a", "x", "2011-05-01", "lost")) == []
    assert cools(("a", "x", "2011-05-01", "lost"), ("a", "x", "2011-05-01", "refused")) == [("a", "x")]
    assert cools(("a", "x", "2011-05-01", "refused"), ("a", "x", "2011-05-01", "lost")) == [("a", "x")]


def test_an_answer_of_a_later_day_is_not_known_yet() -> None:
    assert cools(("a", "x", "2011-07-01", "refused")) == []
    assert cools() == []
