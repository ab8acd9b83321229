"""An upgrade is offered to who has the lower item as one, never beside it; who has it is not offered the lower one."""

import numpy as np
import pytest
from pydantic import ValidationError

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.recommendations.eligibility import UPGRADED
from arcana_assets_tests.recommendations.test_eligibility import rules
from arcana_assets_tests.recommendations.test_month import lines, made

# a has X; b has Y, which replaces X; c has Z, which replaces Y; d and e have O alone, e by its segment nothing.
BASE = ("a:X", "b:Y", "c:Z", "d:O", "f:XO", "g:YO", "h:ZO")
NAMES = {"X": "Fiscal", "Y": "Fiscal, Plus", "Z": "Fiscal Max", "O": "Folha"}
UPGRADES = {"Y": ["X"], "Z": ["Y"]}


def found(*owned: str, **settings):
    return lines(made(*(owned or BASE), names=NAMES, recommender="popular", **settings))


def test_who_owns_the_upgrade_is_not_offered_what_it_replaces_however_far_down() -> None:
    free, ruled = found(), found(upgrades=UPGRADES)
    assert {("b", "X"), ("c", "Y"), ("c", "X")} <= set(free)
    assert not {("b", "X"), ("c", "Y"), ("c", "X"), ("g", "X"), ("h", "X"), ("h", "Y")} & set(ruled)
    assert {("b", "Z"), ("b", "O"), ("c", "O")} <= set(ruled)


def test_a_list_never_has_an_upgrade_beside_what_it_replaces() -> None:
    by_customer: dict[str, set[str]] = {}
    for customer, item in found(upgrades=UPGRADES):
        by_customer.setdefault(customer, set()).add(item)
    assert all(len(items & set("XYZ")) <= 1 for items in by_customer.values())
    assert len({item for customer, item in found() if customer == "d"} & set("XYZ")) == 3
    assert by_customer["d"] & set("XYZ")


def test_an_upgrade_of_what_the_customer_has_is_worded_as_one_and_only_then() -> None:
    ruled = found(upgrades=UPGRADES)
    told = {pair: line["reason"] for pair, line in ruled.items()}
    upgrade = next(words for (customer, item), words in told.items() if customer == "a" and item in "YZ")
    assert upgrade.startswith("Upgrade de Fiscal. ")
    assert told["b", "Z"].startswith("Upgrade de Fiscal, Plus. ")
    assert len(told["b", "Z"]) > len("Upgrade de Fiscal, Plus. ")
    assert not any(words.startswith("Upgrade") for (customer, item), words in told.items() if customer in "de")
    assert not any(line["reason"].startswith("Upgrade") for line in found().values())


def test_an_upgrade_of_several_items_that_the_customer_has_names_them_all() -> None:
    told = found("a:XO", "b:Z", "c:ZX", upgrades={"Z": ["X", "O"]})
    assert told["a", "Z"]["reason"].startswith("Upgrade de Fiscal e Folha. ")


def test_pairs_are_counted_under_their_own_reason_where_upgrades_are_said() -> None:
    account = rules(upgrades={"extra": ["base"]}, minimum_owners=1).account().left_out.set_index("reason")
    assert (account.loc[UPGRADED, "pairs"], account["pairs"].sum()) == (0, 6)  # who has extra has base
    account = rules(upgrades={"other": ["base", "odd"]}).account()
    counted = account.left_out.set_index("reason")
    assert counted.loc[UPGRADED, ["pairs", "items", "customers"]].tolist() == [3, 2, 0]  # base of c, d; odd of d
    assert 16 - counted["pairs"].sum() == account.may_buy.sum()
    assert UPGRADED not in set(rules().account().left_out["reason"])
    taken = rules(upgrades={"other": ["base"]}).allowed(np.arange(4))
    assert taken[:, 0].tolist() == [True, True, False, False]


def test_items_that_upgrades_name_and_nobody_owns_are_told() -> None:
    assert rules(upgrades={"othr": ["base"], "other": ["bass"]}).unknown == ["bass", "othr"]
    unknown = made(*BASE, names=NAMES, upgrades={"Y": ["XX"]}).unknown
    assert list(unknown) == ["XX"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"upgrades": {"Y": []}}, "'Y' is an upgrade of nothing; name the items that it replaces"),
        ({"upgrades": {"Y": ["Y"]}}, "'Y' replaces itself"),
        ({"upgrades": {"Y": ["X"], "X": ["W"], "W": ["Y"]}}, "replaces itself, directly or through"),
        ({"upgrades": {"Y": ["X"]}, "alternatives": [["X", "Y"]]}, "'Y' replaces 'X', and they are alternatives"),
    ],
)
def test_upgrades_that_could_never_be_offered_are_refused(said, expected) -> None:
    with pytest.raises(ValidationError, match=expected):
        Recommendations(segmentation="value", **said)


def test_what_is_replaced_goes_all_the_way_down() -> None:
    offers = Recommendations(segmentation="value", upgrades={"Z": ["Y"], "Y": ["X", "W"]}, alternatives=[["A", "B"]])
    assert offers.replaced == {"Z": ["Y", "X", "W"], "Y": ["X", "W"]}
    assert offers.apart == [["A", "B"], ["Z", "Y"], ["Z", "X"], ["Z", "W"], ["Y", "X"], ["Y", "W"]]
