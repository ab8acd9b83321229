"""Whether a month is fitted or only scored, what it is kept as, and what is read of it later."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.segmentation import Gate, Refit, Segmentation
from arcana_assets.domain.words import read_in
from arcana_assets.segmentation.models.champion import Waiting
from arcana_assets.segmentation.models.month import (
    decision_of_month,
    drift_of_month,
    history,
    row_of_month,
    shaping,
    waiting_in,
)
from arcana_assets.segmentation.tracked import fits_of_month
from arcana_assets_tests.segmentation.models.chained import FOUR, THREE, chain, cloud, customers, settings

JUNE, JULY, AUGUST = date(2011, 6, 1), date(2011, 7, 1), date(2011, 8, 1)
SETTINGS = Segmentation(name="value", features=["frequency", "monetary", "recency_days"], k=(3, 3))
EVERYONE = pd.DataFrame(
    {
        "customer_id": [f"C{number:03d}" for number in range(90)],
        "frequency": np.repeat([1.0, 8.0, 40.0], 30) + np.tile(np.arange(30) / 30, 3),
        "monetary": np.repeat([20.0, 800.0, 20_000.0], 30) + np.tile(np.arange(30), 3),
        "recency_days": np.nan,  # nobody has it, in no month: no reason to fit again
    }
)
MOVED = EVERYONE.assign(monetary=EVERYONE["monetary"] * 3)


def decided(frame, before, policy="monthly", month=JULY, is_open=False, filled_from=date(2011, 5, 1)):
    asked = SETTINGS.model_copy(update={"refit": Refit(when=policy)})
    return decision_of_month(asked, frame, before, month, is_open=is_open, filled_from=filled_from)


@pytest.fixture(scope="module")
def first():
    return decided(EVERYONE, None).model


def known_of(frame, name, share):
    """The customers, of whom a share alone has a value of a feature."""
    few = frame[name].where(np.arange(len(frame)) % 100 < 100 * share)
    return frame.assign(**{name: few})


def test_a_feature_that_hardly_anybody_has_tells_no_segments_and_the_reason_says_so():
    draw = np.random.default_rng(3)
    rare = known_of(EVERYONE.assign(recency_days=draw.uniform(1, 90, len(EVERYONE))), "recency_days", 0.03)
    found = decided(rare, None)
    assert list(found.model.features) == ["frequency", "monetary"]
    assert found.reason.endswith("Ficaram fora, porque menos de 5 % dos clientes têm algum valor: Recência (dias).")
    more = decided(known_of(rare.assign(recency_days=draw.uniform(1, 90, len(rare))), "recency_days", 0.5), None)
    assert "recency_days" in more.model.features
    assert "Ficaram fora" not in more.reason


@pytest.mark.parametrize(
    ("known_share", "of", "left_out"), [(0.02, 0.03, False), (0.05, 0.03, True), (0.4, 0.5, False), (0.6, 0.5, True)]
)
def test_of_how_many_customers_a_feature_has_to_be_known_is_a_setting(known_share, of, left_out):
    draw = np.random.default_rng(3)
    everyone = EVERYONE.assign(recency_days=draw.uniform(1, 90, len(EVERYONE)))
    asked = SETTINGS.model_copy(update={"gate": Gate(known_share=known_share)})
    begins = date(2011, 5, 1)
    frame = known_of(everyone, "recency_days", of)
    found = decision_of_month(asked, frame, None, JULY, is_open=False, filled_from=begins)
    assert ("recency_days" not in found.model.features) is left_out
    assert (f"menos de {known_share * 100:.0f} % dos clientes têm algum valor" in found.reason) is left_out


def test_where_hardly_anybody_has_any_feature_there_is_one_segment_of_all():
    rare = EVERYONE
    for name in ("frequency", "monetary"):
        rare = known_of(rare, name, 0.03)
    found = decided(rare, None)
    assert found.model.k == 1
    assert found.model.assign(rare)["segment_id"].nunique() == 1
    assert "Não há segmentos: menos de 5 % dos clientes têm algum valor de" in found.reason


def test_with_drift_as_policy_a_month_without_it_is_only_scored(first):
    assert decided(EVERYONE, first, "drift").outcome == "scored"
    assert "Nenhum atributo passou do PSI 0,25" in decided(EVERYONE, first, "drift").reason
    assert decided(MOVED, first, "drift").outcome != "scored"
    assert decided(MOVED, first, "never").outcome == "scored"
    again = decided(MOVED, first).model
    assert decided(MOVED, again, "drift").outcome == "scored"


@pytest.mark.parametrize(("filled_from", "outcome"), [(JUNE, "scored"), (JULY, "scored"), (AUGUST, "replaced")])
def test_a_model_fitted_before_a_whole_lookback_does_not_hold_its_place_and_one_fitted_in_it_does(
    first, filled_from, outcome
):
    assert first.fitted_month == "2011-07-01"
    found = decided(EVERYONE, first, "drift", AUGUST, filled_from=filled_from)
    assert found.outcome == outcome


def test_a_young_model_gives_way_to_another_number_of_groups_and_a_settled_one_lets_it_wait():
    before = chain([customers(*THREE, THREE[2])])[0].model

    def outcome(filled_from, waiting=None):
        found = decision_of_month(
            settings(), customers(*FOUR), before, JULY, is_open=False, filled_from=filled_from, waiting=waiting
        )
        return found.outcome, found.challenger is not None

    assert outcome(JULY) == ("replaced", False)
    assert outcome(JUNE)[1]
    assert outcome(JUNE, Waiting(4, 2)) == ("replaced", False)


def test_who_waits_is_known_by_the_row_of_the_month_before():
    found = chain([customers(*THREE, THREE[2]), customers(*FOUR)])
    row = row_of_month(JULY, found[1], None)
    assert (row["challenger_months"], waiting_in(row)) == (1, Waiting(4, 1))
    cuts = chain([customers(*THREE), cloud()])[1]
    assert waiting_in(row_of_month(JULY, cuts, None)) == Waiting(0, 1)
    older = {name: value for name, value in row.items() if name != "challenger_months"}
    assert waiting_in(older) == Waiting(4, 1)  # kept before months in a row were counted
    assert waiting_in(row | {"challenger": None}) is None
    assert waiting_in(None) is None


def test_months_that_are_only_scored_do_not_interrupt_who_waits():
    waits = chain([customers(*THREE, THREE[2]), customers(*FOUR)])[1]
    row = row_of_month(JULY, waits, None)
    night = decision_of_month(settings(), customers(*FOUR), waits.model, AUGUST, is_open=True, filled_from=JUNE)
    assert waiting_in(row_of_month(AUGUST, night, row)) == Waiting(4, 1)


def test_the_open_month_is_scored_by_the_model_in_use_whatever_the_policy(first):
    night = decided(MOVED, first, is_open=True)
    assert (night.outcome, night.model) == ("scored", first)
    assert decided(EVERYONE, None, is_open=True).outcome == "first"  # there is none to score with


def test_a_month_without_a_customer_keeps_its_model_and_without_either_has_nothing(first):
    assert decided(EVERYONE[:0], first).reason == "Nenhum cliente no mês."
    assert decided(EVERYONE[:0], None) is None


def test_who_shapes_a_fit_has_some_of_a_feature_unless_nobody_has():
    asked = SETTINGS.model_copy(update={"fitted_on": "frequency"})
    some = EVERYONE.assign(frequency=[0.0, np.nan, *EVERYONE["frequency"][2:]])
    assert shaping(asked, some)["customer_id"].tolist() == EVERYONE["customer_id"].tolist()[2:]
    assert len(shaping(asked, some.assign(frequency=0.0))) == len(shaping(SETTINGS, some)) == 90


def test_who_shapes_a_fit_has_as_much_of_a_feature_as_is_asked_unless_nobody_has():
    asked = SETTINGS.model_copy(update={"fitted_on": "frequency", "fitted_from": 8.0})
    assert shaping(asked, EVERYONE)["customer_id"].tolist() == EVERYONE["customer_id"].tolist()[30:]
    assert len(shaping(asked.model_copy(update={"fitted_from": 1e9}), EVERYONE)) == 90


def test_who_stands_out_shapes_no_fit_where_a_segmentation_says_so_unless_all_do():
    flags = EVERYONE.assign(is_outlier=[True] * 5 + [False] * 85)
    asked = SETTINGS.model_copy(update={"outliers": "not_fitted"})
    assert shaping(asked, flags)["customer_id"].tolist() == EVERYONE["customer_id"].tolist()[5:]
    assert len(shaping(SETTINGS, flags)) == len(shaping(asked, EVERYONE)) == 90
    assert len(shaping(asked, flags.assign(is_outlier=True))) == 90
    both = asked.model_copy(update={"fitted_on": "frequency", "fitted_from": 8.0})
    assert len(shaping(both, flags.assign(is_outlier=EVERYONE["frequency"] > 40))) == 31


def test_a_giant_that_is_not_fitted_moves_no_centre_and_has_a_segment():
    giants = EVERYONE[-3:].assign(customer_id=["g1", "g2", "g3"], monetary=1e9)
    everyone = pd.concat([EVERYONE.assign(is_outlier=False), giants.assign(is_outlier=True)], ignore_index=True)

    def fitted(outliers, frame):
        asked = SETTINGS.model_copy(update={"outliers": outliers})
        return decision_of_month(asked, frame, None, JULY, is_open=False, filled_from=JULY).model

    without, kept, left_out = fitted("keep", EVERYONE), fitted("keep", everyone), fitted("not_fitted", everyone)
    assert left_out.centres.tolist() == without.centres.tolist() != kept.centres.tolist()
    assert (left_out.customers, kept.customers) == (90, 93)
    scored = left_out.assign(everyone)["segment_id"]
    assert len(scored) == 93
    assert set(scored[-3:]) == {1}
    assert "is_outlier" not in left_out.features
    assert (left_out.settings["outliers"], "outliers" in without.settings) == ("not_fitted", False)


def test_drift_is_of_who_shapes_a_fit_and_names_the_month_of_the_fit(first):
    asked = SETTINGS.model_copy(update={"fitted_on": "frequency"})
    nobody = EVERYONE.assign(customer_id=lambda f: "x" + f.customer_id, frequency=0.0, monetary=1e9)
    found = drift_of_month(asked, pd.concat([EVERYONE, nobody], ignore_index=True), first).set_index("feature")
    assert not found["drifted"].any()
    assert set(found["fitted_month"]) == {JULY}
    assert drift_of_month(asked, MOVED, first).set_index("feature")["drifted"].to_dict() == {
        "frequency": False,
        "monetary": True,
        "recency_days": False,
    }


def test_who_waits_waits_on_in_the_rows_of_months_that_are_only_scored(first):
    row = row_of_month(JULY, decided(EVERYONE, None), None)
    row |= {"challenger": "{}", "challenger_moves": 0.3, "challenger_months": 2}
    night = row_of_month(AUGUST, decided(EVERYONE, first, is_open=True, month=AUGUST), row)
    assert (night["month"], night["fitted_month"], night["outcome"]) == (AUGUST, JULY, "scored")
    assert (night["challenger"], night["challenger_moves"], night["challenger_months"]) == ("{}", 0.3, 2)
    assert night["reason"].endswith("O desafiante do último mês ajustado ainda espera.")


def test_the_history_of_rows_is_a_row_a_candidate_and_a_row_an_event():
    fitted = row_of_month(JULY, decided(EVERYONE, None), None)
    refitted = fitted | {"month": AUGUST, "outcome": "refitted", "events": '[{"event": "born", "other": 2}]'}
    tried, events = history([fitted, refitted])
    assert [(row["month"], row["k"], row["chosen"], row["serves"]) for row in tried] == [
        (JULY, 3, True, True),
        (AUGUST, 3, True, False),  # the model in use was refitted: what a fit from new starts chose does not serve
    ]
    assert [(row["month"], row["event"], row["other_segment_id"]) for row in events] == [(AUGUST, "born", 2)]


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("pt-BR", {"motivo.txt", "selecao.csv", "centros.csv", "personas.csv", "perfil.png", "selecao.png"}),
        ("en", {"reason.txt", "selection.csv", "centres.csv", "personas.csv", "profile.png", "selection.png"}),
    ],
)
def test_files_of_a_fit_are_called_in_the_language_of_the_domain(code, called):
    with read_in(code):
        asked = Segmentation(name="value", features=["frequency", "monetary", "recency_days"], k=(3, 3))
    decision = decision_of_month(asked, EVERYONE, None, JULY, is_open=False, filled_from=date(2011, 5, 1))
    served = next(fits_of_month(asked, JULY, decision, EVERYONE))
    assert {*served.texts, *served.draw()} == called
