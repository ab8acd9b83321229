"""The ledger: who enters, who is at risk, who leaves, each for a reason and in its month."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.loyalty import Exclusion, Programme
from arcana_assets.loyalty.programme.conditions import condition, measures_of
from arcana_assets.loyalty.programme.ledger import STATES, adds_up, advance, eligibility, in_words, ineligible
from arcana_assets.presentation.language import language_of

PORTUGUESE = language_of()

MAY = date(2011, 5, 1)
PROGRAMME = Programme(
    name="insiders",
    title="Insiders",
    segmentation="value",
    measures={"monetary": "high", "frequency": "high"},
    grace_months=2,
    exclude=[Exclusion(reason="Atacado", column="average_ticket", at_least=5000)],
)
MEASURES = measures_of(PROGRAMME, "GBP", 6, PORTUGUESE)
CONDITIONS = [condition(MEASURES["monetary"], 600, 0.75), condition(MEASURES["frequency"], 5, 0.75)]  # stay: 400, 3
IN, BAND, OUT, IDLE = (900.0, 6), (450.0, 3), (900.0, 2), (0.0, 0)


def customers(**values):
    """Customers of a month by name: revenue and orders, and the mean order where it matters."""
    rows = [(name, *given, *([100.0] if len(given) == 2 else [])) for name, given in values.items()]
    table = pd.DataFrame(rows, columns=["customer_id", "monetary", "frequency", "average_ticket"])
    return table.assign(lookback_revenue=table["monetary"], bought_months=table["frequency"])


def ledgers(*months, over=True, programme=PROGRAMME, conditions=CONDITIONS):
    """The ledger of the last of some months, each given by its customers."""
    ledger = pd.DataFrame()
    for step, month in enumerate(months):
        ledger = advance(ledger, customers(**month), conditions, programme, shifted(MAY, step), over, PORTUGUESE)
    return ledger.set_index("customer_id")


def states(*months, **options):
    return ledgers(*months, **options)["state"].to_dict()


def test_who_meets_all_conditions_enters_and_who_nearly_does_is_a_candidate():
    ledger = ledgers({"in": IN, "band": BAND, "out": OUT})
    assert ledger["state"].to_dict() == {"in": "member", "band": "candidate"}
    assert ledger["member_since"].to_dict()["in"] == MAY
    assert pd.isna(ledger["member_since"].to_dict()["band"])
    assert ledger["change"].to_dict() == {"in": "entered", "band": ""}
    assert ledger.loc["in", "reason"] == "Cumpriu as condições de entrada em 05/2011"
    assert ledger.loc["band", "lacking"] == (
        "Valor líquido: £ 450 de £ 600 (falta £ 150); Frequência (pedidos): 3 de 5 (falta 2)"
    )


def test_a_member_stays_by_the_weaker_conditions_as_long_as_they_hold():
    ledger = ledgers({"in": IN}, {"in": BAND}, {"in": BAND}, {"in": BAND})
    assert (ledger.loc["in", "state"], ledger.loc["in", "since"], ledger.loc["in", "change"]) == ("member", MAY, "")


def test_who_falls_short_is_at_risk_for_the_grace_and_then_removed():
    short = [{"in": IN}, {"in": OUT}, {"in": OUT}, {"in": OUT}]
    assert [states(*short[: step + 1])["in"] for step in range(4)] == ["member", "at_risk", "at_risk", "removed"]
    risk = ledgers(*short[:3]).loc["in"]
    assert (risk["months_short"], risk["reason"]) == (2, "Abaixo das condições de permanência há 2 meses")
    ledger = ledgers(*short)
    assert ledger.loc["in", "change"] == "left"
    assert ledger.loc["in", "reason"] == "Abaixo das condições de permanência por mais de 2 meses"
    assert (ledger.loc["in", "since"], ledger.loc["in", "member_since"]) == (date(2011, 8, 1), MAY)


def test_without_grace_who_falls_short_leaves_at_once():
    none = PROGRAMME.model_copy(update={"grace_months": 0})
    assert states({"in": IN}, {"in": OUT}, programme=none) == {"in": "removed"}


def test_who_recovers_begins_the_grace_anew():
    ledger = ledgers({"in": IN}, {"in": OUT}, {"in": OUT}, {"in": BAND})
    assert (ledger.loc["in", "state"], ledger.loc["in", "change"], ledger.loc["in", "months_short"]) == (
        *("member", "recovered"),
        0,
    )
    assert states({"in": IN}, {"in": OUT}, {"in": OUT}, {"in": BAND}, {"in": OUT}, {"in": OUT}) == {"in": "at_risk"}


@pytest.mark.parametrize("gone", [{"other": OUT}, {"in": IDLE}, {"in": (900.0, 0)}])
def test_who_bought_nothing_in_the_lookback_leaves_at_once(gone):
    ledger = ledgers({"in": IN}, gone)
    assert (ledger.loc["in", "state"], ledger.loc["in", "reason"]) == ("removed", "Sem atividade na janela")


def test_who_a_rule_excludes_does_not_enter_and_leaves_at_once():
    wholesale = {"in": (90_000.0, 9, 10_000.0)}
    assert states(wholesale) == {}
    for excluded in (wholesale, {"in": (-5.0, 3, 9_000.0)}):
        ledger = ledgers({"in": IN}, excluded)
        assert (ledger.loc["in", "state"], ledger.loc["in", "reason"]) == ("removed", "Atacado")


def test_who_was_removed_comes_back_by_the_conditions_to_enter_only():
    gone = [{"in": IN}, *([{"in": OUT}] * 3)]
    assert states(*gone, {"in": OUT}) == {"in": "removed"}
    assert ledgers(*gone, {"in": OUT}).loc["in", "since"] == date(2011, 8, 1)
    assert states(*gone, {"in": BAND}) == {"in": "candidate"}
    former = ledgers(*gone, {"in": BAND}, {"in": OUT})
    assert (former.loc["in", "state"], former.loc["in", "member_since"]) == ("removed", MAY)
    assert former.loc["in", "reason"].startswith("Já foi membro")
    again = ledgers(*gone, {"in": IN})
    assert (again.loc["in", "state"], again.loc["in", "change"]) == ("member", "entered")
    assert again.loc["in", "member_since"] == date(2011, 9, 1)


def test_while_a_month_is_open_members_enter_and_nobody_falls_short_or_leaves():
    before = advance(pd.DataFrame(), customers(**{"in": IN, "risk": IN}), CONDITIONS, PROGRAMME, MAY, True, PORTUGUESE)
    before = advance(
        before, customers(**{"in": IN, "risk": OUT}), CONDITIONS, PROGRAMME, shifted(MAY, 1), True, PORTUGUESE
    )
    now = customers(**{"in": OUT, "risk": OUT, "new": IN})
    ledger = advance(before, now, CONDITIONS, PROGRAMME, shifted(MAY, 2), False, PORTUGUESE).set_index("customer_id")
    assert ledger["state"].to_dict() == {"in": "member", "new": "member", "risk": "at_risk"}
    assert ledger.loc["risk", "months_short"] == 1
    assert ledger["change"].to_dict() == {"in": "", "new": "entered", "risk": ""}


def test_net_revenue_that_is_negative_or_nothing_lets_nobody_in():
    never = [condition(MEASURES["frequency"], 5, 0.75)]
    ledger = ledgers({"a": (-50.0, 9), "b": (0.0, 9), "c": (1.0, 9)}, conditions=never)
    assert ledger["state"].to_dict() == {"c": "member"}


def test_a_huge_order_taken_back_is_no_way_in():
    """Like 16446 of the real file: one order of 168,470 bought and returned, another of 2.90."""
    assert states({"huge": (2.9, 2, 84_000.0)}) == {}
    before_the_return = {"huge": (168_472.5, 2, 84_000.0)}
    assert states(before_the_return) == {}


def test_a_rule_that_nobody_meets_leaves_an_empty_ledger():
    never = [condition(MEASURES["monetary"], 1e9, 0.75)]
    assert states({"a": IN, "b": BAND}, conditions=never) == {}
    assert states({"a": IN}, {"a": IN}, conditions=[]) == {}


def test_a_base_without_customers_removes_all_members():
    before = advance(pd.DataFrame(), customers(a=IN), CONDITIONS, PROGRAMME, MAY, True, PORTUGUESE)
    ledger = advance(before, customers(), CONDITIONS, PROGRAMME, shifted(MAY, 1), True, PORTUGUESE)
    assert ledger["state"].tolist() == ["removed"]
    assert advance(pd.DataFrame(), customers(), CONDITIONS, PROGRAMME, MAY, True, PORTUGUESE).empty


def test_members_before_and_entries_less_exits_are_members_now():
    rng = np.random.default_rng(5)
    names = [f"c{at:03}" for at in range(200)]
    before = pd.DataFrame()
    for step in range(12):
        month = {name: (float(rng.lognormal(6, 1)), int(rng.integers(0, 9))) for name in names if rng.random() < 0.9}
        now = advance(before, customers(**month), CONDITIONS, PROGRAMME, shifted(MAY, step), True, PORTUGUESE)
        was, entered, left, members = adds_up(before, now)
        assert was + entered - left == members
        assert members == now["state"].isin(STATES).sum()
        assert now["customer_id"].is_unique
        assert now["customer_id"].is_monotonic_increasing
        before = now
    assert {"member", "at_risk", "removed", "candidate"} == set(before["state"])


def test_the_order_of_customers_does_not_matter():
    rows = customers(**{f"c{at}": (float(at * 100), at) for at in range(12)})
    shuffled = rows.sample(frac=1, random_state=3)
    one, other = (
        advance(pd.DataFrame(), each, CONDITIONS, PROGRAMME, MAY, True, PORTUGUESE) for each in (rows, shuffled)
    )
    pd.testing.assert_frame_equal(one, other)


def reasons(rows, programme):
    """Why each customer cannot be a member, in words; nothing of who can."""
    return [in_words(PORTUGUESE, each) if each else "" for each in ineligible(rows, programme).fillna("")]


def test_each_customer_is_eligible_or_counts_for_the_first_reason_why_not():
    rows = customers(a=IN, b=IDLE, c=(-5.0, 2), d=(9e4, 9, 9e3), e=(-5.0, 0, 9e3))
    assert reasons(rows, PROGRAMME) == [
        *("", "Sem atividade na janela", "Receita líquida não positiva", "Atacado", "Sem atividade na janela")
    ]
    counted = eligibility(rows, PROGRAMME)
    said = [in_words(PORTUGUESE, each) for each in counted["reason"]]
    assert dict(zip(said, counted["customers"], strict=True)) == {
        "Elegíveis": 1,
        "Sem atividade na janela": 2,
        "Receita líquida não positiva": 1,
        "Atacado": 1,
    }


def test_texts_can_be_excluded_too():
    rule = Exclusion(reason="Governo", column="sector", isin=["gov"])
    programme = PROGRAMME.model_copy(update={"exclude": [rule]})
    rows = customers(a=IN, b=IN, c=IN).assign(sector=["gov", None, "it"])
    assert reasons(rows, programme) == ["Governo", "", ""]


def test_who_refused_contact_and_who_works_in_the_house_is_no_member_whatever_the_programme_says():
    table = customers(yes=IN, no=IN, staff=IN, never=IN).assign(
        marketing_opt_in=[True, False, True, None], is_staff=[False, False, True, None]
    )
    assert dict(zip(table["customer_id"], reasons(table, PROGRAMME), strict=True)) == {
        "yes": "",
        "no": "não aceita contato",
        "staff": "trabalha na casa",
        "never": "",
    }
    counted = eligibility(table, PROGRAMME).set_index("reason")["customers"]
    assert (counted["barred: marketing_opt_in"], counted["barred: is_staff"]) == (1, 1)


def test_a_member_who_refuses_contact_leaves_at_once_also_in_the_open_month():
    first = advance(pd.DataFrame(), customers(ana=IN, bob=IN), CONDITIONS, PROGRAMME, MAY, True, PORTUGUESE)
    now = customers(ana=IN, bob=IN).assign(marketing_opt_in=[True, False])
    ledger = advance(first, now, CONDITIONS, PROGRAMME, shifted(MAY, 1), False, PORTUGUESE).set_index("customer_id")
    assert ledger["state"].to_dict() == {"ana": "member", "bob": "removed"}
    assert ledger.loc["bob", "reason"] == "não aceita contato"
