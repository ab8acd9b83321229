"""What may not be recommended is left out, and counted once, by the first reason that it has."""

import numpy as np
import pandas as pd

from arcana_assets.ml.eligibility import NEVER, OWNED, RARE, REQUIRES, Eligibility
from arcana_assets.ml.recommenders import Interactions, Popular, recommend

OWNERS = pd.DataFrame(
    [("a", "base"), ("a", "extra"), ("b", "base"), ("c", "other"), ("c", "odd"), ("d", "other")],
    columns=["customer_id", "item_id"],
)
SEGMENTS = pd.DataFrame({"customer_id": list("abcd"), "segment": ["s"] * 4})


def known():
    return Interactions.from_frames(OWNERS, OWNERS, SEGMENTS)


def listed(eligibility, interactions):
    lines = recommend(Popular().fit(interactions), interactions, 5, eligibility.allowed)
    return {(row.customer_id, row.item_id) for row in lines.itertuples()}


def test_without_rules_whatever_is_not_owned_may_be_recommended():
    interactions = known()
    assert listed(Eligibility(interactions), interactions) == {
        *(("a", item) for item in ("odd", "other")),
        *(("b", item) for item in ("extra", "odd", "other")),
        *(("c", item) for item in ("base", "extra")),
        *(("d", item) for item in ("base", "extra", "odd")),
    }


def test_items_never_rare_or_without_what_they_require_are_left_out():
    interactions = known()
    rules = Eligibility(interactions, ["odd"], {"extra": ["base"]}, 1)
    assert listed(rules, interactions) == {("a", "other"), ("b", "extra"), ("b", "other"), ("c", "base"), ("d", "base")}
    assert listed(Eligibility(interactions, minimum_owners=2), interactions) == {
        *(("a", "other"), ("b", "other"), ("c", "base"), ("d", "base")),
    }


def test_every_pair_left_out_is_counted_once_by_its_first_reason():
    interactions = known()
    rules = Eligibility(interactions, ["odd"], {"extra": ["base"]}, 2)
    counted = rules.counted().set_index("reason")
    # odd: owned by c, never for a, b, d; extra: owned by a, rare for b, c, d, which comes before what it requires.
    assert counted["pairs"].to_dict() == {OWNED: 6, NEVER: 3, RARE: 3, REQUIRES: 0}
    assert counted["items"].to_dict() == {OWNED: 4, NEVER: 1, RARE: 1, REQUIRES: 0}
    left = 4 * len(interactions.items) - counted["pairs"].sum()
    assert left == np.sum([rules.allowed(np.arange(4)) & (interactions.owned.toarray() == 0)])


def test_rules_about_items_that_nobody_owns_are_named():
    assert Eligibility(known(), ["ood"], {"extra": ["bass"]}).unknown == ["bass", "ood"]
