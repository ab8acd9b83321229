"""Segments are found where they are, named by value, and the same whatever order the customers come in."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from arcana_assets.customer_360.drift import NOT_BEFORE, drift, note_of
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.segmentation.clustering.preprocessing import UnusableFeatures
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.model import KINDS, DamagedModel, SegmentationModel
from arcana_assets.segmentation.pictures.profile import profile_picture
from arcana_assets.segmentation.profiles.profile import UnmatchedSegments, profile

FEATURES = ["recency_days", "frequency", "monetary"]


def rfm(**how):
    return Segmentation(name="rfm", **({"features": FEATURES} | how))


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
    return fit_segmentation(customers, rfm())


def test_four_planted_groups_are_recovered_in_order_of_value(model, customers):
    found = model.assign(customers)
    assert adjusted_rand_score(planted()[1], found["segment_id"]) > 0.9
    means = customers["monetary"].groupby(found["segment_id"]).mean()
    assert means.index.to_list() == [1, 2, 3, 4]
    assert means.is_monotonic_decreasing


def test_the_selection_table_has_one_chosen_k_and_the_reason_says_which(model):
    table = pd.DataFrame(model.selection)
    assert table["k"].to_list() == [3, 4, 5, 6, 7, 8]
    assert table["stability"].iloc[1] > 0.99
    assert table["stability"].notna().sum() == 1  # of what the valleys do not ask for nobody needs to know
    assert table.loc[table["chosen"], "k"].to_list() == [4]
    assert table["silhouette_on"].unique().tolist() == ["todos"]
    assert model.reason == (
        "k = 4: 6 de 6 partidas acham 4 grupos com um vale entre todos (o mais raso: 0,00, 1 é nenhum), "
        "estabilidade 1,00."
    )
    assert model.form == KINDS


def test_a_whale_of_a_thousand_times_gets_no_segment_of_its_own():
    frame, _ = planted()
    whale = pd.DataFrame([{"customer_id": "WHALE", "recency_days": 1, "frequency": 4e4, "monetary": 2e7}])
    with_whale = pd.concat([frame, whale], ignore_index=True)
    segments = fit_segmentation(with_whale, rfm()).assign(with_whale)["segment_id"]
    assert segments.value_counts(normalize=True).min() >= 0.05
    assert segments.iloc[-1] == 1


def test_row_order_changes_nothing(model, customers):
    for seed in range(2):
        shuffled = customers.sample(frac=1, random_state=seed)
        assert fit_segmentation(shuffled, rfm()).to_json() == model.to_json()
        assert model.assign(shuffled).sort_index().equals(model.assign(customers))


def test_a_model_read_back_is_the_same_model(model, customers):
    again = SegmentationModel.from_json(model.to_json())
    assert again == model
    assert again.assign(customers).equals(model.assign(customers))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data.pop("measures"), "lacks 'measures'"),
        (lambda data: data.update(colour="red"), "unknown field 'colour'"),
        (lambda data: data["preprocessing"]["features"][0].update(scale=0.0), "'preprocessing'.*damaged 'scale'"),
        (lambda data: data.update(preprocessing={}), "damaged field 'preprocessing'"),
        (lambda data: data["clusterer"]["centres"].append([1.0]), "damaged field 'clusterer'.*'centres'"),
        (lambda data: data.update(clusterer=7), "damaged field 'clusterer'"),
        (lambda data: [row.pop() for row in data["clusterer"]["centres"]], "damaged field 'clusterer'"),
        (lambda data: data["segment_ids"].__setitem__(0, 2), "damaged field 'segment_ids'"),
        (lambda data: data.update(next_segment_id=2), "damaged field 'segment_ids'"),
        (lambda data: data["personas"].pop(), "damaged field 'personas'"),
        (lambda data: data.update(fitted_month=3), "damaged field 'fitted_month'"),
        (lambda data: data["references"][0]["below"].pop(), "damaged field 'references'.*'recency_days' needs"),
        (lambda data: data["references"][0].pop("upto"), "damaged field 'references'.*'upto'"),
        (lambda data: data["references"][0].update(colour="red"), "damaged field 'references'.*'colour'"),
    ],
)
def test_a_damaged_model_is_refused_with_the_name_of_the_field(model, damage, says):
    data = json.loads(model.to_json())
    damage(data)
    with pytest.raises(DamagedModel, match=says):
        SegmentationModel.from_json(json.dumps(data))


def test_a_model_of_before_shares_were_kept_scores_as_ever_and_has_no_drift_to_tell(model, customers):
    data = json.loads(model.to_json())
    old = {"quantiles": [1.0] * 101, "missing_share": 0.0, "customers": 400}
    data["references"] = [{"feature": name} | old for name in FEATURES]
    read = SegmentationModel.from_json(json.dumps(data))
    assert read.assign(customers).equals(model.assign(customers))
    told = drift(read.references, customers, FEATURES)
    assert told["feature"].tolist() == FEATURES
    assert told["psi"].isna().all()
    assert set(told["note"]) == {note_of(NOT_BEFORE)}
    assert SegmentationModel.from_json(read.to_json()) == read


@pytest.mark.parametrize(("text", "says"), [("{", "not JSON"), ("[]", "found list")])
def test_text_that_is_no_model_is_refused(text, says):
    with pytest.raises(DamagedModel, match=says):
        SegmentationModel.from_json(text)


def test_a_missing_value_lies_in_the_middle_of_the_known_ones(customers):
    holed = customers.copy()
    holed.loc[:9, "monetary"] = np.nan
    fitted = fit_segmentation(holed, rfm())
    middle = np.expm1(np.log1p(holed["monetary"].dropna()).mean())
    assert fitted.assign(holed)["segment_id"].equals(fitted.assign(holed.fillna({"monetary": middle}))["segment_id"])


def test_a_feature_that_nobody_has_moves_nobody(model, customers):
    nowhere = customers.assign(tenure_months=np.nan)
    fitted = fit_segmentation(nowhere, rfm(features=[*FEATURES, "tenure_months"]))
    assert fitted.assign(nowhere).equals(model.assign(customers))


def test_infinite_values_and_a_constant_feature_change_nobody_else(model, customers):
    odd = customers.assign(tenure_months=3.0)
    odd.loc[0, "monetary"] = np.inf
    fitted = fit_segmentation(odd, rfm(features=[*FEATURES, "tenure_months"]))
    assert fitted.assign(odd)["segment_id"].iloc[1:].equals(model.assign(customers)["segment_id"].iloc[1:])


def test_a_missing_feature_names_the_nearest_column(model, customers):
    with pytest.raises(UnusableFeatures, match="'monetary'; did you mean 'monetery'"):
        model.assign(customers.rename(columns={"monetary": "monetery"}))


def test_what_cannot_be_fitted_is_refused_clearly(customers):
    for frame, says in [
        (customers.iloc[:0], "found 0"),
        (pd.concat([customers, customers.iloc[:1]]), "1 of the ids stand there twice"),
        (customers.assign(customer_id=None), "without customer_id"),
        (customers.assign(frequency="often"), "'frequency' must be numeric"),
    ]:
        with pytest.raises(UnusableFeatures, match=says) as refused:
            fit_segmentation(frame, rfm())
        assert "C0000" not in str(refused.value)  # no id of a customer in what logs hold


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_customers_is_one_segment_and_says_why(customers, count):
    fitted = fit_segmentation(customers.iloc[:count], rfm())
    assert [row["persona"] for row in fitted.personas] == ["04-Média Receita"]
    assert fitted.reason.startswith("Um único segmento")
    assert fitted.assign(customers)["segment_id"].unique().tolist() == [1]
    assert SegmentationModel.from_json(fitted.to_json()) == fitted


def test_a_thousand_equal_customers_are_one_segment():
    same = pd.DataFrame({"customer_id": range(1000), "monetary": 10.0})
    assert len(fit_segmentation(same, rfm(features=["monetary"])).centres) == 1


def test_a_profile_is_the_averages_of_each_segment_against_the_base():
    frame = pd.DataFrame({"customer_id": list("abcd"), "monetary": [10.0, 30.0, 100.0, np.nan]})
    table = profile(frame, pd.DataFrame({"segment_id": [2, 2, 1, 1], "persona": list("bbaa")}), ["monetary"])
    assert table["segment_id"].to_list() == [1, 2]
    assert table["customers"].to_list() == [2, 2]
    assert table["mean_monetary"].to_list() == [100.0, 20.0]
    assert table["median_monetary"].to_list() == [100.0, 20.0]
    assert table["lift_monetary"].to_list() == pytest.approx([100 / (140 / 3), 20 / (140 / 3)])


def test_a_profile_does_not_depend_on_row_order(model, customers):
    shuffled = customers.sample(frac=1, random_state=1)
    expected = profile(customers, model.assign(customers), FEATURES)
    assert profile(shuffled, model.assign(shuffled), FEATURES).equals(expected)


def test_a_profile_refuses_rows_that_do_not_match(model, customers):
    with pytest.raises(UnmatchedSegments, match="not the same rows"):
        profile(customers, model.assign(customers).iloc[1:], FEATURES)
    with pytest.raises(UnmatchedSegments, match="did you mean 'monetary'"):
        profile(customers, model.assign(customers), ["monetari"])


def test_the_picture_is_a_png_and_the_same_table_gives_the_same_bytes(model, customers):
    table = profile(customers, model.assign(customers), FEATURES)
    table.loc[0, ["mean_frequency", "lift_frequency"]] = np.nan
    picture = profile_picture(table, {"monetary": "Receita"})
    assert picture.startswith(b"\x89PNG")
    assert picture == profile_picture(table.sample(frac=1, random_state=0), {"monetary": "Receita"})
