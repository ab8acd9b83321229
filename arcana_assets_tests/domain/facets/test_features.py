"""Names of features: known before any table exists, by the facets that a domain has."""

import pytest

from arcana_assets.domain.facets.features import (
    FIXED,
    TRANSACTIONS,
    checked_feature,
    expanded,
    features_of,
    is_feature,
    is_indicator,
    known_features,
)
from arcana_assets.domain.facets.registry import FACETS


def test_features_of_goods_are_the_fixed_ones():
    assert features_of(TRANSACTIONS) == FIXED


def test_features_of_a_facet_are_its_numbers_their_absences_and_its_own():
    assert features_of("tickets") == (
        "tickets_opened",
        "tickets_waiting",
        "urgent_share",
        "open_hours",
        "sla_kept_share",
        "tickets_trend",
        "open_hours_absent",
        "sla_kept_share_absent",
        "tickets_trend_absent",
        "tickets_absent",
    )


def test_a_profile_is_never_absent_as_a_whole():
    assert features_of("customers") == (
        "tenure_months",
        "revenue_band_rank",
        "tenure_months_absent",
        "revenue_band_rank_absent",
    )


def test_a_feature_of_two_facets_is_known_once():
    # Tenure is of the first order, or of the day the master has.
    both = known_features([TRANSACTIONS, "customers"])
    assert both.count("tenure_months") == 1
    assert len(set(known_features())) == len(known_features())


@pytest.mark.parametrize(
    ("name", "facets", "expected"),
    [
        ("monetary", [TRANSACTIONS], True),
        ("monetary", list(FACETS), False),
        ("nps", ["surveys"], True),
        ("nps", ["tickets"], False),
        ("surveys_absent", ["surveys"], True),
        ("customers_absent", list(FACETS), False),
        ("share_home_garden", [TRANSACTIONS], True),
        ("share_home_garden", list(FACETS), False),
        ("segment_is_agro", ["customers"], True),
        ("region_is_centro_oeste", ["customers"], True),
        ("segment_is_other", ["customers"], True),
        ("segment_is_agro", [TRANSACTIONS], False),
        ("segment_is_", ["customers"], False),
        ("segment_is_Agro", ["customers"], False),
        ("activity_is_agro", ["customers"], False),
        ("segment", ["customers"], False),
        ("negative_durations", ["usage"], False),
        ("has_usage", ["usage"], False),
    ],
)
def test_whether_a_domain_can_have_a_feature_is_said_by_its_facets(name, facets, expected):
    assert is_feature(name, facets) == expected


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("tickets_open", "tickets_opened"), ("mrr_growth", "mrr_growth_3m"), ("nps_suport", "nps_support")],
)
def test_a_wrong_name_is_said_with_the_nearest(wrong, right):
    with pytest.raises(ValueError, match=f"no column '{wrong}'; did you mean '{right}'"):
        checked_feature(wrong)


@pytest.mark.parametrize(
    ("features", "columns", "found"),
    [
        (["mrr", "owns_*"], ["owns_b", "mrr", "owns_a", "shares"], ["mrr", "owns_a", "owns_b"]),
        (["owns_a", "owns_*"], ["owns_b", "owns_a"], ["owns_a", "owns_b"]),
        (["share_*"], ["mrr"], []),
        (["mrr"], [], ["mrr"]),
    ],
)
def test_a_star_stands_for_all_columns_that_begin_so(features, columns, found):
    assert expanded(features, columns) == found


def test_what_says_absence_or_ownership_or_a_category_is_an_indicator():
    named = ["usage_absent", "owns_x", "segment_is_x", "region_is_other", "mrr", "share_x"]
    assert [is_indicator(name) for name in named] == [True, True, True, True, False, False]
