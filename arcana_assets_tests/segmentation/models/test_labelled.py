"""Where somebody labelled enough customers, what learns from them serves if it tells more of the labels than groups."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.segmentation import Gate
from arcana_assets.segmentation.clustering.clusterer_data import LABELLED
from arcana_assets.segmentation.models.champion import Waiting
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.labelled import labels_of, with_labels
from arcana_assets.segmentation.models.model import KINDS, SegmentationModel
from arcana_assets.segmentation.models.month import decision_of_month, row_of_month, waiting_in
from arcana_assets_tests.segmentation.models.chained import JULY, JUNE, THREE, cloud, customers, settings

ASKED = settings(labels="pesquisa")
AUGUST, SEPTEMBER = date(2011, 8, 1), date(2011, 9, 1)


def halves(frame, names=("Gasta muito", "Gasta pouco"), size=100, seed=5):
    """Labels of customers of a cloud, by which side of its middle they are on: no valley tells."""
    drawn = frame.sample(size, random_state=seed)
    high = drawn["monetary"] > frame["monetary"].median()
    return stated(drawn["customer_id"], np.where(high, *names))


def stated(ids, personas, day=date(2011, 6, 9)):
    return pd.DataFrame({"customer_id": list(ids), "persona": list(personas), "labelled_on": day})


def fitted(frame, labels, asked=ASKED):
    return with_labels(fit_segmentation(frame, asked), frame, asked, labels_of(labels))


def row_of(model):
    (row,) = (each for each in model.selection if each["algorithm"] == LABELLED)
    return row


def test_personas_that_no_valley_tells_apart_serve_as_they_were_labelled():
    frame = cloud(300)
    found = fitted(frame, halves(frame))
    assert (found.clusterer.algorithm, found.form, found.k, found.admissible) == (LABELLED, KINDS, 2, True)
    put = found.assign(frame)
    truth = np.where(frame["monetary"] > frame["monetary"].median(), "Gasta muito", "Gasta pouco")
    assert (put["persona"] == truth).mean() > 0.95
    assert put.loc[frame["monetary"].idxmax(), "segment_id"] == 1  # the highest on the axis comes first
    assert [each["chosen"] for each in found.selection].count(True) == 1
    assert row_of(found)["label_agreement"] > 0.8
    assert (row_of(found)["parameter"], row_of(found)["chosen"]) == ("100 rótulos de 2 personas", True)
    assert "um classificador concorda com os rótulos que não viu mais que" in found.reason


def test_what_serves_is_json_and_the_same_whatever_the_order_of_rows():
    frame = cloud(300)
    found = fitted(frame, halves(frame))
    assert SegmentationModel.from_json(found.to_json()).assign(frame).equals(found.assign(frame))
    shuffled = frame.sample(frac=1, random_state=1)
    assert fitted(shuffled, halves(frame).sample(frac=1, random_state=2)).to_json() == found.to_json()


def test_labels_that_groups_tell_as_well_change_nothing_but_the_table():
    frame = customers(*THREE)
    names = np.repeat(["A", "B", "C"], 60)
    alone = fit_segmentation(frame, ASKED)
    found = fitted(frame, stated(frame["customer_id"], names))
    assert found.clusterer.algorithm == "kmeans"
    assert (found.segment_ids, found.personas, found.reason) == (alone.segment_ids, alone.personas, alone.reason)
    assert row_of(found)["refused_for"] == "concorda com os rótulos não mais que K-Means: 1,00 contra 1,00"
    (chosen,) = (each for each in found.selection if each["chosen"])
    assert chosen["label_agreement"] == 1.0


def test_labels_that_nothing_tells_do_not_serve():
    frame = cloud(300)
    names = np.random.default_rng(3).choice(["A", "B"], 300)
    loose = settings(labels="pesquisa", gate=Gate(maximum_share=0.95))
    found = fitted(frame, stated(frame["customer_id"], names), loose)
    assert found.clusterer.algorithm != LABELLED
    assert "concorda com os rótulos não mais que 4 cortes" in row_of(found)["refused_for"]


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ({"A": 29, "B": 30, "C": 12}, "faltam rótulos: 1 de A, 18 de C (são precisos 30 de cada persona)"),
        ({"A": 90}, "são precisas ao menos 2 personas com 30 rótulos cada, e só A tem (90)"),
        ({}, "são precisas ao menos 2 personas com 30 rótulos cada"),
    ],
)
def test_too_few_labels_are_silent_and_say_which_persona_lacks_how_many(sizes, why):
    frame = cloud(300)
    names = [name for name, size in sizes.items() for _ in range(size)]
    found = fitted(frame, stated(frame["customer_id"].iloc[: len(names)], names))
    assert found.clusterer.algorithm != LABELLED
    assert (row_of(found)["refused_for"], row_of(found)["admissible"]) == (why, False)


def test_a_persona_that_the_gate_would_not_show_does_not_serve():
    frame = cloud(1_500)
    few = frame.nlargest(31, "monetary")
    rest = frame.nsmallest(400, "monetary")
    labels = stated([*few["customer_id"], *rest["customer_id"]], ["Rara"] * 31 + ["Comum"] * 400)
    found = fitted(frame, labels)
    assert found.clusterer.algorithm != LABELLED
    assert "o maior grupo tem" in row_of(found)["refused_for"]


def test_the_latest_label_of_a_customer_counts_and_two_of_one_day_are_none():
    rows = [("1", "A", 3), ("1", "B", 9), ("2", "A", 9), ("2", "A", 9), ("3", "A", 9), ("3", "B", 9), ("4", "B", 1)]
    frame = pd.DataFrame(rows, columns=["customer_id", "persona", "day"])
    frame["labelled_on"] = [date(2011, 6, day) for day in frame["day"]]
    assert labels_of(frame).to_dict() == {"1": "B", "2": "A", "4": "B"}


def chain(months, before=None):
    """Decisions of months, each a frame and its labels."""
    found, row, month = [], None, JUNE
    for (frame, labels), month in zip(months, (JUNE, JULY, AUGUST, SEPTEMBER), strict=False):
        how = {"is_open": False, "filled_from": date(2011, 1, 1), "waiting": waiting_in(row), "labels": labels}
        decision = decision_of_month(ASKED, frame, before, month, **how)
        row, before = row_of_month(month, decision, row), decision.model
        found.append(decision)
    return found


def ids(decision):
    return {each["persona"]: each["segment_id"] for each in decision.model.personas}


def test_ids_go_on_by_the_name_of_the_persona_and_new_labels_are_learnt_from():
    frame = cloud(300)
    later = cloud(300, seed=4)
    found = chain([(frame, halves(frame)), (later, halves(later, size=140))])
    assert [each.outcome for each in found] == ["first", "replaced"]
    assert ids(found[0]) == ids(found[1])
    assert row_of(found[1].model)["parameter"] == "140 rótulos de 2 personas"
    # Who was worth less is worth more now: the persona keeps its id, and not its place.
    swapped = frame.assign(monetary=frame["monetary"].max() * 2 - frame["monetary"] * 1.5)
    turned = chain([(frame, halves(frame)), (swapped, halves(frame))])[1]
    assert ids(turned) == ids(found[0])


def test_personas_come_and_go_after_three_months_and_are_born_and_retired():
    frame = cloud(300)
    other = ("Gasta muito", "Econômico")
    asked = [halves(frame), *[halves(frame, other)] * 3]
    found = chain([(frame, labels) for labels in asked])
    assert [each.challenger_months for each in found] == [0, 1, 2, 0]
    assert ids(found[3]) == {"Gasta muito": 1, "Econômico": 3}
    assert [(each.event, each.segment_id) for each in found[3].events] == [("born", 3), ("retired", 2)]


def test_groups_in_use_wait_three_months_for_the_labels_that_serve_better():
    frame = cloud(300)
    none = stated([], [])
    found = chain([(frame, none), *[(frame, halves(frame))] * 3])
    assert [each.model.clusterer.algorithm == LABELLED for each in found] == [False, False, False, True]
    assert waiting_in(row_of_month(JULY, found[1], None)) == Waiting(2, 1, "labelled: Gasta muito, Gasta pouco")
    assert "Espera 2 grupos (Classificador dos rótulos)" in found[1].reason
    renamed = [each for each in found[3].events if each.event == "renamed"]
    told = {each.note.split(" → ")[1] for each in renamed}
    assert told == {f"{name}: o nome é o dos rótulos" for name in ("Gasta muito", "Gasta pouco")}
    assert all(each.customers > 0 for each in renamed)
