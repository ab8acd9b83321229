"""The ledger through Dagster: it goes on from month to month, refuses a gap, and a month computed again is the same.

Slow: each of these tests computes months of a domain.
"""

from datetime import date, timedelta

import dagster as dg
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets.loyalty.assets import everyone
from arcana_assets_tests.worlds.loyalty import ASSETS, PAGES, START, World, orders_of
from arcana_assets_tests.worlds.shop import checks, failure

pytestmark = pytest.mark.slow

LEDGER = ("loyalty",)
FORECAST = ("loyalty", "loyalty_forecast")
FOLLOWED = ("loyalty", "loyalty_forecast", "loyalty_proof")


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.keep(orders_of(), 8)
    return made


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Eight months in one run, to be looked at only; and what Dagster was told."""
    made = World(tmp_path_factory.mktemp("world"))
    made.keep(orders_of(), 8)
    result = made.run(0, 7)
    assert result.success
    return made, result


def sorted_rows(frame, *by):
    return frame.sort_values(list(by)).reset_index(drop=True)


@pytest.mark.slow
def test_months_in_one_run_or_one_after_the_other_or_again_are_the_same(ran, tmp_path):
    """Slow: eight months twice, because forecasts are judged three months after they are made."""
    world, _ = ran
    tables = ("loyalty_members", "loyalty_conditions", "loyalty_summary", "loyalty_forecast", "loyalty_proof")
    first = {name: world.table(name) for name in (*tables, "loyalty_forecast_results", "loyalty_report")}
    other = World(tmp_path / "other")
    other.keep(orders_of(), 8)
    assert other.run(0, 4).success
    for step in (5, 6, 7, 7):  # the last one again
        assert other.run(step).success
    for name, rows in first.items():
        by = [column for column in ("month", "customer_id", "group", "horizon", "model", "measure", "comparison",
              "made_in", "number") if column in rows.columns]  # fmt: skip
        pd.testing.assert_frame_equal(sorted_rows(rows, *by), sorted_rows(other.table(name), *by))
    assert len(first["loyalty_forecast_results"]) > 20
    assert len(first["loyalty_proof"]) > 20


def test_members_are_who_meets_the_conditions_and_each_month_adds_up(ran):
    world, result = ran
    assert {check.check_name: check.passed for check in result.get_asset_check_evaluations()} == {
        "as_declared": True,  # of every table
        "intervals_hold": True,
        "ledger_adds_up": True,
        "members_bought_in_the_lookback": True,
        "revenue_share_within_limits": True,
        "churn_within_limits": True,
        "programme_has_its_size": False,  # most of these few customers have met it once, and stay by less
        "conditions_tell_the_segment": True,
    }
    summary = sorted_rows(world.table("loyalty_summary"), "month")
    assert summary["members"].tolist()[0] == 0  # one month of history
    assert summary["note"].tolist()[0] == "O programa começa com 2 meses de dados; há 1."
    assert (summary["members"].tolist()[2:]) >= [40] * 6
    was = summary["members"].shift(fill_value=0)
    assert (was + summary["entered"] - summary["left"]).tolist() == summary["members"].tolist()
    conditions = world.table("loyalty_conditions", 7)
    assert conditions["found_month"].tolist() == [shifted(START, 2)] * len(conditions)
    ledger = world.table("loyalty_members", 7)
    customers = world.table("customer_360", 7).set_index("customer_id")
    entered = ledger.loc[ledger["change"] == "entered", "customer_id"]
    for row in conditions.to_dict("records"):
        assert (customers.loc[entered, row["measure"]].astype("float64") >= row["enter_at"]).all()


def test_a_month_whose_month_before_was_never_run_is_refused_with_the_month_to_run(world):
    said = failure(world.run(4, names=LEDGER))
    assert "2011-04 goes on from 2011-03, which was never computed" in said
    assert "Materialize 2010-12 to 2011-03 of this asset first" in said
    assert world.run(0, 1, LEDGER).success
    said = failure(world.run(4, names=LEDGER))
    assert "Materialize 2011-02 to 2011-03 of this asset first" in said
    assert world.lake.materialized_months(("retail", "gold", "loyalty_members"), [shifted(START, 4)]) == []


def test_a_programme_that_is_added_later_begins_in_its_first_month_and_says_so(world):
    assert world.run(0, 3).success
    world.add_programme("vip", entry={"frequency": 4.0})
    assert world.run(4, 5).success
    summary = world.table("loyalty_summary").set_index(["programme", "month"])
    april, may = shifted(START, 4), shifted(START, 5)
    vip = summary.loc[("vip", april)]
    assert vip["entered"] == vip["members"] > 0
    assert vip["note"] == "O programa é novo: seu livro começa neste mês. Condições definidas à mão."
    assert summary.loc[("vip", may), "entered"] < vip["members"]
    assert summary.loc[("insiders", april), "entered"] < summary.loc[("insiders", april), "members"]
    assert set(world.table("loyalty_report", 5)["programme"]) == {"insiders", "vip"}
    ledger = world.table("loyalty_members", 5)
    assert not ledger.duplicated(["programme", "customer_id"]).any()


def test_a_programme_whose_month_before_was_computed_without_it_is_refused(world):
    assert world.run(0, 6, LEDGER).success
    world.add_programme("vip")
    assert world.run(3, names=LEDGER).success  # it begins here
    said = failure(world.run(6, names=LEDGER))
    assert "2011-06 goes on from the ledger of 'vip' of 2011-05, which was computed without that programme" in said
    assert "Materialize 2011-04 to 2011-05 of this asset first" in said
    assert world.run(4, 6, LEDGER).success


def test_forecasts_go_on_from_the_month_before_too(world):
    assert world.run(0, 7, LEDGER).success
    said = failure(world.run(5, names=("loyalty_forecast",)))
    assert "retail/gold/loyalty_forecast: 2011-05 goes on from 2011-04" in said


def test_a_month_computed_again_warns_that_later_ones_went_on_from_it(world, capfd):
    assert world.run(0, 4, LEDGER).success
    capfd.readouterr()
    assert world.run(2, names=LEDGER).success
    assert "The ledgers of 2011-03 to 2011-04 went on from what 2011-02 was before" in capfd.readouterr().err


def test_conditions_stay_until_they_are_asked_for_anew_which_is_kept_with_the_month(world):
    assert world.run(0, 5, LEDGER).success
    assert world.run(6, names=LEDGER, find_anew=True).success
    found = world.table("loyalty_conditions", 6)
    assert found["found_month"].tolist() == [shifted(START, 6)] * len(found)
    assert found["found_in_run"].notna().all()
    assert world.run(6, names=LEDGER).success  # again, without asking
    again = world.table("loyalty_conditions", 6)
    assert again["found_in_run"].tolist() == found["found_in_run"].tolist()
    assert world.run(6, names=LEDGER, find_anew=False).success
    assert world.table("loyalty_conditions", 6)["found_month"].tolist() == [shifted(START, 2)] * len(found)


@pytest.mark.parametrize("by", ["the clock", "its data"])
def test_while_a_month_is_open_nobody_leaves_and_forecasts_are_those_of_the_month_before(world, by):
    assert world.run(0, 3, FOLLOWED).success
    april = shifted(START, 4)
    world.write("customer_360", world.table("customer_360", 4).assign(frequency=1, monetary=1.0), [april])
    if by == "its data":
        world.deliver({4: date(2011, 4, 9)})
    as_of = {"the clock": "2011-04-10T00:00:00+01:00", "its data": "2012-06-01T00:00:00+00:00"}[by]
    result = world.run(4, names=FOLLOWED, as_of=as_of)
    assert result.success
    (row,) = world.table("loyalty_summary", 4).to_dict("records")
    assert (row["left"], row["at_risk"]) == (0, world.table("loyalty_summary", 3)["at_risk"].item())
    assert set(world.table("loyalty_forecast", 4)["made_in"].dropna()) == {shifted(START, 3)}
    assert len(world.table("loyalty_forecast_results", 4)) == 0
    assert set(world.table("loyalty_proof", 4)["ledger_month"]) == {shifted(START, 1)}
    words = {event.materialization.metadata["judged"].value for event in result.get_asset_materialization_events()
             if "judged" in event.materialization.metadata}  # fmt: skip
    why = {
        "the clock": "judged as of 2011-04-09",
        "its data": "its data end on 2011-04-09, and it is judged as of that day",
    }
    assert words == {f"open: {why[by]}"}
    if by == "its data":
        world.deliver({4: date(2011, 4, 29)})
    assert world.run(4, names=FOLLOWED).success  # it is over now
    assert world.table("loyalty_summary", 4)["at_risk"].item() > 30
    assert len(world.table("loyalty_forecast_results", 4)) > 0
    assert set(world.table("loyalty_proof", 4)["ledger_month"]) == {shifted(START, 2)}


def test_no_outcome_is_told_of_months_of_which_one_is_not_whole(world):
    """April ends on its ninth: nothing that was forecast over it, or in it, is held against what came."""
    april, whole = shifted(START, 4), {step: shifted(START, step + 1) - timedelta(days=1) for step in range(7)}
    world.deliver({**whole, 4: date(2011, 4, 9)})
    assert world.run(0, 6, FOLLOWED).success
    results = world.table("loyalty_forecast_results")
    assert {(made, months) for made, months in zip(results["made_in"], results["horizon"], strict=True)
            if made < april <= shifted(made, months)} == set()  # fmt: skip
    assert set(results.loc[results["made_in"] >= april, "made_in"]) == {shifted(START, 5)}
    assert len(results[results["month"] == shifted(START, 3)]) > 0
    proof = world.table("loyalty_proof")
    assert set(proof.loc[proof["month"] >= april, "month"]) == {april, shifted(START, 6)}
    assert set(proof.loc[proof["month"] == april, "ledger_month"]) == {shifted(START, 1)}


def test_the_proof_is_of_months_after_the_ledger(ran):
    world, _ = ran
    proof = world.table("loyalty_proof")
    assert (proof["ledger_month"] == [shifted(month, -2) for month in proof["month"]]).all()
    now = proof[(proof["month"] == shifted(START, 7)) & (proof["measure"] == "revenue")].set_index("comparison")
    ledger = world.table("loyalty_members", 5)
    members = ledger.loc[ledger["state"].isin(["member", "at_risk"]), "customer_id"]
    orders = orders_of()
    since = orders[orders["month"].isin([shifted(START, 6), shifted(START, 7)])]
    by_hand = since[since["customer_id"].isin(members)]["net"].sum() / 2 / len(members)
    assert now.loc["all", "members"] == len(members)
    assert now.loc["all", "members_mean"] == pytest.approx(by_hand)
    assert now.loc["all", "low"] > 0


def test_forecasts_and_outcomes_are_sums_over_the_members_of_the_month(ran):
    world, _ = ran
    orders, ledger = orders_of(), world.table("loyalty_members", 4)
    members = ledger.loc[ledger["state"].isin(["member", "at_risk"]), "customer_id"]
    mine = orders[orders["customer_id"].isin(members)]
    made = world.table("loyalty_forecast", 4)
    made = made[(made["group"] == "members") & (made["horizon"] == 3)].set_index("model")["forecast"]
    last = mine[mine["month"].isin([shifted(START, step) for step in (2, 3, 4)])]["net"].sum()
    assert made["last_period"] == pytest.approx(last)
    told = world.table("loyalty_forecast_results", 7)
    told = told[(told["group"] == "members") & (told["horizon"] == 3)]
    after = mine[mine["month"].isin([shifted(START, step) for step in (5, 6, 7)])]["net"].sum()
    assert told["outcome"].tolist() == pytest.approx([after] * len(told))
    assert set(told["made_in"]) == {shifted(START, 4)}


@pytest.mark.parametrize("base", ["nobody", "all alike", "returns only"])
def test_a_base_without_anybody_to_tell_apart_has_no_members_and_says_so(tmp_path, base):
    world, orders = World(tmp_path), orders_of(30, 3)
    if base == "all alike":
        orders = orders.assign(orders=1, gross=10.0, returned=0.0, net=10.0).drop_duplicates(["customer_id", "month"])
        orders = pd.concat([orders[orders["month"] == START].assign(month=shifted(START, step)) for step in range(3)])
    elif base == "returns only":
        orders = orders.assign(gross=0.0, returned=20.0, net=-20.0)
    world.keep(orders, 3)
    if base == "nobody":
        months = [shifted(START, step) for step in range(3)]
        for table in ("customer_360", "segments", "transactions_monthly"):
            world.write(table, world.table(table).iloc[:0].astype(world.table(table).dtypes), months)
    result = world.run(0, 2, (*ASSETS, *PAGES))
    assert result.success
    summary = world.table("loyalty_summary")
    assert summary["members"].tolist() == [0] * 3
    answers = world.table("loyalty_report", 2).set_index("number")["answer"]
    assert "Nenhum membro neste mês." in answers[2]
    assert len(answers) == 9
    assert answers[5] == "Ainda não há previsão: ela começa com o primeiro mês que tem membros."


def test_a_threshold_by_hand_that_nobody_meets_lets_nobody_in(tmp_path):
    world = World(tmp_path, entry={"monetary": 1e9})
    world.keep(orders_of(30, 4), 4)
    assert world.run(0, 3).success
    assert world.table("loyalty_summary")["members"].sum() == 0
    answers = world.table("loyalty_report", 3).set_index("number")["answer"]
    assert "Valor líquido em 3 meses: pelo menos £ 1.000.000.000." in answers[6]
    assert "ninguém as cumpre" in answers[6]


def test_limits_that_are_passed_are_warnings_that_name_the_month(tmp_path):
    world = World(tmp_path, revenue_share=[0.01, 0.02], fidelity=1, maximum_churn=0.01, grace_months=0)
    orders = orders_of(60, 6)
    quiet = (orders["month"] >= shifted(START, 3)) & (orders["customer_id"] < "c030")
    world.keep(orders[~quiet], 6)
    found = checks(world.run(0, 5, LEDGER))
    assert not found["revenue_share_within_limits"].passed
    assert "insiders 2011-05" in found["revenue_share_within_limits"].description
    assert not found["churn_within_limits"].passed
    assert all(each.severity == dg.AssetCheckSeverity.WARN for each in found.values() if not each.passed)


def test_the_page_and_the_list_are_published_with_all_there_is(ran):
    world, _ = ran
    result = world.run(7, names=PAGES)
    assert result.success
    published = world.root / "lake" / "retail" / "published"
    page = (published / "relatorio_de_fidelidade" / "2011-07" / "insiders.html").read_text(encoding="utf-8")
    assert page.count("<section>") == 9
    assert page.count("data:image/png;base64,") == 3
    listed = pd.read_csv(published / "lista_de_fidelidade" / "2011-07.csv", sep=";", dtype=str, encoding="utf-8-sig")
    ledger = world.table("loyalty_members", 7)
    assert len(listed) == len(ledger)
    words = {"member": "membro", "at_risk": "em risco", "candidate": "candidato", "removed": "saiu"}
    assert listed["situation"].value_counts().to_dict() == ledger["state"].map(words).value_counts().to_dict()
    candidates = listed[listed["situation"] == "candidato"]
    gaps = candidates["customer_id"].map(ledger.set_index("customer_id")["gap"])
    assert gaps.is_monotonic_increasing
    assert candidates["lacking"].notna().all()
    assert (published / "lista_de_fidelidade" / "2011-07.xlsx").exists()
    # Of what a customer will pay the list says how much, and how much at most.
    assert [name for name in listed.columns if name.startswith("expected")] == ["expected", "expected_up_to"]
    values = world.table("predictions", 7)
    values = values[(values["prediction"] == "gasto") & (values["horizon"] == 3)].set_index("customer_id")
    for column, of in (("expected", "expected"), ("expected_up_to", "high")):
        told = listed[listed[column].notna()].set_index("customer_id")[column]
        assert len(told) > 30
        said = told.str.replace(",", ".").astype("float64")
        assert said.tolist() == pytest.approx(values.loc[said.index, of].tolist(), abs=0.01)


def test_what_members_at_risk_are_worth_is_what_the_prediction_of_spend_says_of_them(ran):
    world, _ = ran
    acted = world.table("loyalty_actions")
    acted = acted[(acted["action"] == "at_risk") & acted["at_stake"].notna()]
    assert len(acted)
    for row in acted.to_dict("records"):
        ledger = world.table("loyalty_members")
        ledger = ledger[(ledger["month"] == row["month"]) & (ledger["state"] == "at_risk")]
        said = world.table("predictions")
        said = said[(said["prediction"] == "gasto") & (said["horizon"] == 3) & said["high"].notna()]
        said = said[said["month"] == row["month"]]
        mine = said[said["customer_id"].isin(ledger["customer_id"])]
        assert row["at_stake"] == pytest.approx(mine["expected"].sum())


def test_a_domain_that_predicts_no_spend_tells_of_no_customer_what_it_will_pay_and_says_why(tmp_path):
    world = World(tmp_path)
    world.defs["attributes"].pop("predictions")
    world.save()
    world.keep(orders_of(), 6)
    assert world.run(0, 5, (*ASSETS, *PAGES)).success
    acted = world.table("loyalty_actions")
    risk = acted[acted["action"].isin(["at_risk", "about_to_break"])]
    assert len(risk)
    assert risk["at_stake"].isna().all()
    assert risk["stake_words"].str.contains("o domínio não prevê o gasto de cada cliente").all()
    published = world.root / "lake" / "retail" / "published" / "lista_de_fidelidade" / "2011-05.csv"
    listed = pd.read_csv(published, sep=";", dtype=str, encoding="utf-8-sig")
    assert len(listed) == len(world.table("loyalty_members", 5))
    assert listed["expected"].isna().all()


def test_the_report_is_markdown_in_the_metadata(ran):
    _, result = ran
    pages = [
        event.materialization.metadata["insiders"].value
        for event in result.get_asset_materialization_events()
        if event.partition == shifted(START, 7).isoformat() and "insiders" in event.materialization.metadata
    ]
    text = pages[-1]
    assert text.startswith("# Insiders, 07/2011")
    assert text.count("\n## ") == 9
    assert "| Mês | Membros |" in text


def test_blocks_of_seven_customers_make_the_ledger_of_all_at_once(ran, monkeypatch):
    """The months after the lookback are filled; the forecasts and the proof are of all, whatever the blocks."""
    world, _ = ran
    tables = ("loyalty_members", "loyalty_conditions", "loyalty_summary", "loyalty_eligibility", "loyalty_actions")
    before = {name: world.table(name, 6, 7) for name in tables}
    monkeypatch.setattr(everyone, "AT_ONCE", 7)
    assert world.run(6, 7, ("loyalty", "loyalty_report")).success
    for name, rows in before.items():
        by = [each for each in ("month", "customer_id", "measure", "reason", "action") if each in rows.columns]
        pd.testing.assert_frame_equal(sorted_rows(world.table(name, 6, 7), *by), sorted_rows(rows, *by), rtol=1e-9)
