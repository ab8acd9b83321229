"""Segments are found where they are, named by value, and the same whatever order the customers come in."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from arcana_assets.ml.segment_profiles import UnmatchedSegments
from arcana_assets.ml.segmentation import (
    DamagedModel,
    SegmentationModel,
    UnusableFeatures,
    fit_segmentation,
    personas_by_order,
    profile,
    profile_picture,
)

FEATURES = ["recency_days", "frequency", "monetary"]


def planted(size=100, seed=3):
    """Four groups whose medians are far apart on a log scale: the best customers are group 0."""
    draw = np.random.default_rng(seed)
    centres = [(5, 40, 20_000), (20, 12, 2_000), (80, 4, 300), (150, 1, 30)]
    rows = np.vstack([np.array(centre) * draw.lognormal(0, 0.2, (size, 3)) for centre in centres])
    ids = [f"C{i:04d}" for i in range(len(rows))]
    return pd.DataFrame(rows, columns=FEATURES).assign(customer_id=ids), np.repeat(range(4), size)


@pytest.fixture(scope="module")
def customers():
    return planted()[0]


@pytest.fixture(scope="module")
def model(customers):
    return fit_segmentation(customers, "rfm", FEATURES)


def test_four_planted_groups_are_recovered_in_order_of_value(model, customers):
    found = model.assign(customers)
    assert adjusted_rand_score(planted()[1], found["segment_id"]) > 0.9
    means = customers["monetary"].groupby(found["segment_id"]).mean()
    assert means.index.to_list() == [1, 2, 3, 4]
    assert means.is_monotonic_decreasing


def test_the_selection_table_has_one_chosen_k_and_the_reason_says_which(model):
    table = pd.DataFrame(model.selection)
    assert table["k"].to_list() == [3, 4, 5, 6, 7, 8]
    assert table.loc[table["chosen"], "k"].to_list() == [4]
    assert table["silhouette_on"].unique().tolist() == ["todos"]
    assert model.reason.startswith("k = 4: maior silhueta (0,")


def test_a_whale_of_a_thousand_times_gets_no_segment_of_its_own():
    frame, _ = planted()
    whale = pd.DataFrame([{"customer_id": "WHALE", "recency_days": 1, "frequency": 4e4, "monetary": 2e7}])
    with_whale = pd.concat([frame, whale], ignore_index=True)
    segments = fit_segmentation(with_whale, "rfm", FEATURES).assign(with_whale)["segment_id"]
    assert segments.value_counts(normalize=True).min() >= 0.05
    assert segments.iloc[-1] == 1


def test_row_order_changes_nothing(model, customers):
    for seed in range(2):
        shuffled = customers.sample(frac=1, random_state=seed)
        assert fit_segmentation(shuffled, "rfm", FEATURES).to_json() == model.to_json()
        assert model.assign(shuffled).sort_index().equals(model.assign(customers))


@pytest.mark.parametrize("threads", [1, 2])
def test_thread_count_changes_nothing(model, customers, threads):
    with threadpool_limits(limits=threads):
        assert fit_segmentation(customers, "rfm", FEATURES).to_json() == model.to_json()


def test_a_model_read_back_is_the_same_model(model, customers):
    again = SegmentationModel.from_json(model.to_json())
    assert again == model
    assert again.assign(customers).equals(model.assign(customers))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data.pop("scales"), "lacks 'scales'"),
        (lambda data: data.update(colour="red"), "unknown field 'colour'"),
        (lambda data: data["means"].pop(), "damaged field 'means'"),
        (lambda data: data["scales"].__setitem__(0, 0.0), "damaged field 'scales'"),
        (lambda data: data["centroids"].append([1.0]), "damaged field 'centroids'"),
        (lambda data: data.update(centroids=7), "damaged field 'centroids'"),
        (lambda data: data["personas"].pop(), "damaged field 'personas'"),
        (lambda data: data.update(transform="pickle"), "damaged field 'transform'"),
        (lambda data: data.update(features=[]), "damaged field 'features'"),
    ],
)
def test_a_damaged_model_is_refused_with_the_name_of_the_field(model, damage, says):
    data = json.loads(model.to_json())
    damage(data)
    with pytest.raises(DamagedModel, match=says):
        SegmentationModel.from_json(json.dumps(data))


@pytest.mark.parametrize(("text", "says"), [("{", "not JSON"), ("[]", "found list")])
def test_text_that_is_no_model_is_refused(text, says):
    with pytest.raises(DamagedModel, match=says):
        SegmentationModel.from_json(text)


def test_a_missing_value_lies_at_the_middle_of_the_known_logarithms(customers):
    holed = customers.copy()
    holed.loc[:9, "monetary"] = np.nan
    fitted = fit_segmentation(holed, "rfm", FEATURES)
    known = np.log1p(holed["monetary"].dropna())
    assert fitted.missing == (0, 0, 10)
    assert fitted.fills[2] == pytest.approx(np.expm1(known.mean()))
    assert (fitted.means[2], fitted.scales[2]) == pytest.approx((known.mean(), known.std(ddof=0)))
    filled = holed.fillna({"monetary": fitted.fills[2]})
    assert fitted.assign(holed).equals(fitted.assign(filled))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_missing_value_pulls_to_no_side_however_lopsided_the_known_ones_are(sign):
    # Of the known, two in three are 0: their median, and far from the middle of their logarithms.
    spent = sign * np.tile([0.0, 0.0, 9_999.0, np.nan], 50)
    frame = pd.DataFrame({"customer_id": range(200), "frequency": np.tile(range(1, 9), 25), "monetary": spent})
    fitted = fit_segmentation(frame, "value", ["frequency", "monetary"])
    assert fitted.fills[1] == pytest.approx(sign * (10_000 ** (1 / 3) - 1))
    absent, nothing = (fitted.assign(frame.assign(monetary=value)) for value in (np.nan, fitted.fills[1]))
    assert absent.equals(nothing)
    logs = np.sign(fitted.fills[1]) * np.log1p(abs(fitted.fills[1]))
    assert (logs - fitted.means[1]) / fitted.scales[1] == pytest.approx(0, abs=1e-12)


def test_the_known_values_of_a_rarely_known_feature_are_not_stretched(customers):
    rare = customers.assign(monetary=customers["monetary"].where(customers.index % 20 == 0))
    assert fit_segmentation(rare, "rfm", FEATURES).scales[2] == pytest.approx(np.log1p(rare["monetary"]).std(ddof=0))


def test_a_feature_that_nobody_has_moves_nobody(model, customers):
    nowhere = customers.assign(tenure_months=np.nan)
    fitted = fit_segmentation(nowhere, "rfm", [*FEATURES, "tenure_months"])
    assert (fitted.fills[3], fitted.means[3], fitted.scales[3]) == (0, 0, 1)
    assert fitted.assign(nowhere).equals(model.assign(customers))


def test_negative_net_revenue_is_scaled_with_its_sign(customers):
    returned = customers.assign(monetary=-customers["monetary"])
    assert fit_segmentation(returned, "rfm", FEATURES).means[2] < 0


def test_a_missing_feature_names_the_nearest_column(model, customers):
    with pytest.raises(UnusableFeatures, match="'monetary'; did you mean 'monetery'"):
        model.assign(customers.rename(columns={"monetary": "monetery"}))


def test_what_cannot_be_fitted_is_refused_clearly(customers):
    for frame, says in [
        (customers.iloc[:0], "found 0"),
        (pd.concat([customers, customers.iloc[:1]]), "'C0000' appears twice"),
        (customers.assign(customer_id=None), "without customer_id"),
        (customers.assign(frequency="often"), "'frequency' must be numeric"),
    ]:
        with pytest.raises(UnusableFeatures, match=says):
            fit_segmentation(frame, "rfm", FEATURES)
    with pytest.raises(UnusableFeatures, match="k_range"):
        fit_segmentation(customers, "rfm", FEATURES, k_range=(5, 3))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_customers_is_one_segment_and_says_why(customers, count):
    fitted = fit_segmentation(customers.iloc[:count], "rfm", FEATURES)
    assert [row["persona"] for row in fitted.personas] == ["01-Base Única"]
    assert fitted.reason.startswith("Um único segmento")
    assert fitted.assign(customers)["segment_id"].unique().tolist() == [1]
    assert SegmentationModel.from_json(fitted.to_json()) == fitted


def test_a_thousand_equal_customers_are_one_segment():
    same = pd.DataFrame({"customer_id": range(1000), "monetary": 10.0})
    assert len(fit_segmentation(same, "value", ["monetary"]).centroids) == 1


def test_beyond_ten_thousand_customers_the_silhouette_is_of_a_seeded_sample():
    frame, _ = planted(size=2_600)
    fitted = fit_segmentation(frame, "rfm", FEATURES, k_range=(4, 4))
    assert fitted.selection[0]["silhouette_on"] == "amostra"
    assert fitted.selection[0]["silhouette_customers"] == 10_000


def test_personas_are_unique_and_numbered_for_any_k():
    for k in range(1, 13):
        names = [row["persona"] for row in personas_by_order(k)]
        assert len(set(names)) == k
        assert [int(name[:2]) for name in names] == list(range(1, k + 1))
    assert names[0] == "01-Receita Nível 1 de 12"
    assert [row["persona"] for row in personas_by_order(3)] == [
        "01-Alta Receita",
        "02-Média Receita",
        "03-Baixa Receita",
    ]


def test_a_profile_is_the_averages_of_each_segment_against_the_base():
    frame = pd.DataFrame({"customer_id": list("abcd"), "monetary": [10.0, 30.0, 100.0, np.nan]})
    table = profile(frame, pd.DataFrame({"segment_id": [2, 2, 1, 1]}))
    assert table["segment_id"].to_list() == [1, 2]
    assert table["customers"].to_list() == [2, 2]
    assert table["mean_monetary"].to_list() == [100.0, 20.0]
    assert table["median_monetary"].to_list() == [100.0, 20.0]
    assert table["lift_monetary"].to_list() == pytest.approx([100 / (140 / 3), 20 / (140 / 3)])


def test_a_profile_does_not_depend_on_row_order(model, customers):
    shuffled = customers.sample(frac=1, random_state=1)
    expected = profile(customers, model.assign(customers))
    assert profile(shuffled, model.assign(shuffled)).equals(expected)


def test_a_profile_refuses_rows_that_do_not_match(model, customers):
    with pytest.raises(UnmatchedSegments, match="not the same rows"):
        profile(customers, model.assign(customers).iloc[1:])
    with pytest.raises(UnmatchedSegments, match="did you mean 'monetary'"):
        profile(customers, model.assign(customers), ["monetari"])


def test_the_picture_is_a_png_and_the_same_table_gives_the_same_bytes(model, customers):
    table = profile(customers, model.assign(customers))
    table.loc[0, ["mean_frequency", "lift_frequency"]] = np.nan
    picture = profile_picture(table, {"monetary": "Receita"})
    assert picture.startswith(b"\x89PNG")
    assert picture == profile_picture(table.sample(frac=1, random_state=0), {"monetary": "Receita"})
