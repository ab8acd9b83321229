"""What screens ask of the lake adds up to what gold tables hold.

Slow: each of these tests runs whole screens of the page.
"""

import re
from datetime import date
from statistics import median

import pyarrow as pa
import pytest

from arcana_assets.catalogue.refusals import refusals
from arcana_assets.catalogue.tables import table_named
from arcana_assets.dashboard import queries
from arcana_assets.dashboard.moves import (
    GONE,
    NEW,
    Moves,
    all_movers,
    balance,
    largest,
    movers,
    moves_of,
    of_both_months,
)
from arcana_assets.dashboard.screens import columns, data, loyalty, persona, products
from arcana_assets.dashboard.screens import recommendations as offers
from arcana_assets.dashboard.screens import segments as compared
from arcana_assets.dashboard.screens.customers import customer, customers
from arcana_assets.dashboard.screens.customers.customers import Filter
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domains
from arcana_assets.domain.metrics import METRICS
from arcana_assets.engine.duckdb.read_only import BadQuery
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reader import Reader
from arcana_assets_tests.dashboard.lakes import (
    APRIL,
    CAME_TO_RISK,
    CUSTOMERS,
    FREQUENT,
    ITEM,
    MARCH,
    MAY,
    ODD,
    OTHER,
    PERSONAS,
    RISK,
    VIP,
    customers_of,
    gold,
    make_shop,
    segment_of,
    segments_of,
    there,
    worth,
    write,
)
from arcana_assets_tests.landing.conform.bronze_rows import contract
from arcana_assets_tests.landing.conform.test_in_force import COLUMNS, GIVEN

pytestmark = pytest.mark.slow

PAID = sum(worth(each, MAY) for each in CUSTOMERS)


def mine(segment: int, month: date = MAY) -> list[str]:
    return [each for each in there(month) if segment_of(each, month) == segment]


def codes(table) -> list[str]:
    return table["customer_id"].to_pylist()


def whole(stream) -> pa.Table:
    with stream as rows:
        return rows.read_all()


def test_the_metrics_of_a_month_are_those_of_customer_360_and_those_of_later_months_are_not_there(place, shop_in):
    found = queries.by_month(place)
    assert {month: row["customers"] for month, row in found.items()} == {MARCH: 50, APRIL: 55, MAY: 60}
    assert found[MAY]["revenue"] == PAID
    assert found[MAY]["orders"] == sum(row["frequency"] for row in customers_of(MAY))
    assert found[MAY]["average_ticket"] == pytest.approx(PAID / found[MAY]["orders"])
    assert list(queries.by_month(shop_in(APRIL))) == [MARCH, APRIL]


@pytest.mark.parametrize(
    ("days", "middle"),
    [([5], 5), ([1, 2], 1.5), ([9, 1, 1], 1), ([1, 1, 4, 8], 2.5), ([3, 3, 3, 7], 3), ([2, None, 4, 90], 4)],
)
def test_the_median_of_a_month_is_found_by_counting_its_values(tmp_path, shop_in, days, middle):
    lake = make_shop(tmp_path)
    some = [{**row, "recency_days": each} for row, each in zip(customers_of(MAY), days, strict=False)]
    write(lake, "retail", gold("customer_360"), some, [MAY])
    reader = Reader(str(tmp_path), threads=1)
    place = shop_in(at=reader)
    found = queries.by_month(place)
    assert found[MAY]["recency"] == middle
    assert found[APRIL]["recency"] == median(row["recency_days"] for row in customers_of(APRIL))
    reader.close()


@pytest.mark.parametrize(("fit", "used"), [(None, 1), (True, 1), (False, 0)])
def test_who_makes_no_lists_is_not_said_to_be_in_use(tmp_path, shop_in, monkeypatch, fit, used):
    lake, told = make_shop(tmp_path), []
    rows = [
        {"month": MAY, "recommender": name, "segment": "", "ndcg_10": 0.2, "serves": name == "ease"}
        | {"fit": fit if name == "ease" else None, "reason": "Nada é recomendado."}
        for name in ("ease", "popular")
    ]
    write(lake, "retail", gold("recommendation_evaluation"), rows, [MAY])
    monkeypatch.setattr("streamlit.html", told.append)
    reader = Reader(str(tmp_path), threads=1)
    offers._leaderboard(shop_in(at=reader))
    reader.close()
    assert "Nada é recomendado." in told[0]
    assert told[-1].count(">sim<") == used


def test_two_years_of_customers_are_never_held_for_a_median(place, monkeypatch):
    asked = []
    usual = Reader._asked

    def told(self, query, *rest):
        asked.append(query)
        return usual(self, query, *rest)

    monkeypatch.setattr(Reader, "_asked", told)
    monkeypatch.setattr(place.reader, "_answers", type(place.reader._answers)())
    assert queries.by_month(place)[MAY]["recency"] is not None
    assert [query for query in asked if "median(" in query] == []
    known = [each for each in METRICS if each.expression.startswith("median(")]
    assert known
    assert [each.expression for each in known] == [f"median({each.median_of})" for each in known]


def test_a_page_of_customers_gets_the_personas_of_its_own_customers_alone(place, monkeypatch):
    asked = []
    monkeypatch.setattr(type(place), "rows", lambda self, query, *rest, **values: asked.append(query))
    customers.customers(place, Filter(), "monetary", True, 50)
    customers.customers(place, Filter(), "persona_value", True, 50)
    by_number, by_persona = asked
    assert by_number.index("LIMIT 50") < by_number.index("LEFT JOIN")
    assert by_persona.index("LIMIT 50") > by_persona.index("LEFT JOIN")


def test_a_company_without_orders_has_the_metrics_of_its_contracts(company):
    names = [each.name for each in queries.metrics(company)]
    assert "contract_value" in names
    assert "revenue" not in names
    assert next(iter(queries.by_month(company).values()))["contract_value"] == 1000 * sum(range(1, 13))


def test_segments_add_up_to_the_base_and_know_what_they_were(place):
    rows = {row["segment_id"]: row for row in queries.segments(place)}
    assert list(rows) == [FREQUENT, VIP, RISK]  # by their names
    assert {id_: row["customers"] for id_, row in rows.items()} == {id_: len(mine(id_)) for id_ in PERSONAS}
    assert sum(row["value"] for row in rows.values()) == PAID
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)
    assert sum(row["value_share"] for row in rows.values()) == pytest.approx(1)
    assert rows[RISK]["before"] == len(mine(RISK, APRIL))


def test_the_first_month_has_nothing_before_it(shop_in):
    assert {row["before"] for row in queries.segments(shop_in(MARCH))} == {None}
    assert queries.moved(shop_in(MARCH)) == []
    assert queries.events(shop_in(APRIL)) == []


def test_who_moved_leaves_out_who_stayed_and_each_list_is_as_long_as_its_cell(place):
    assert all(row["from_segment_id"] != row["to_segment_id"] for row in queries.moved(place))
    found = moves_of(place)
    for start in ("", *found.starts):
        for end in ("", *found.ends):
            assert whole(all_movers(place, start, end)).num_rows == found.moved(start, end), (start, end)
    arrived = whole(all_movers(place, end=PERSONAS[RISK]))
    assert set(CAME_TO_RISK) < set(codes(arrived))
    assert arrived["monetary"].to_pylist() == sorted(arrived["monetary"].to_pylist(), reverse=True)
    came_from = dict(zip(codes(arrived), arrived["from_persona"].to_pylist(), strict=True))
    assert came_from["C002"] == PERSONAS[FREQUENT]
    assert [code for code, persona_ in came_from.items() if persona_ is None] == ["C050"]
    assert whole(all_movers(place, "' OR true --")).num_rows == 0


def test_who_left_a_segment_is_listed_wherever_they_went(place):
    assert sorted(codes(whole(all_movers(place, PERSONAS[FREQUENT])))) == sorted(CAME_TO_RISK)
    assert codes(movers(place, PERSONAS[FREQUENT], PERSONAS[VIP], 9)) == []
    assert codes(movers(place, NEW, PERSONAS[RISK], 9)) == ["C050"]
    assert movers(place, "", "", 2) == whole(all_movers(place)).slice(0, 2)


def test_who_is_gone_is_listed_with_the_value_of_the_month_before(tmp_path, shop_in):
    lake = make_shop(tmp_path)
    stay = [row for row in segments_of(MAY) if row["customer_id"] != "C003"]  # a VIP in April
    write(lake, "retail", gold("segments"), stay, [MAY])
    write(lake, "retail", gold("customer_360"), [r for r in customers_of(MAY) if r["customer_id"] != "C003"], [MAY])
    reader = Reader(str(tmp_path), threads=1)
    (gone,) = movers(shop_in(at=reader), "", GONE, 9).to_pylist()
    assert (gone["customer_id"], gone["from_persona"], gone["persona"]) == ("C003", PERSONAS[VIP], None)
    assert gone["monetary"] == worth("C003", APRIL)
    reader.close()


def test_what_was_there_with_who_came_and_without_who_left_is_what_is_there(place):
    sizes = {row["persona"]: (row["customers"], row["before"]) for row in queries.segments(place)}
    rows = balance(moves_of(place))
    assert {row["persona"]: (row["now"], row["before"]) for row in rows} == sizes
    assert of_both_months(moves_of(place)) == (3, 55)
    assert largest(moves_of(place)) == (PERSONAS[FREQUENT], PERSONAS[RISK], 3)


def test_a_segment_that_was_renamed_is_under_its_old_name_where_customers_came_from():
    found = Moves(
        {("Recorrentes", "Risco"): 70, ("Recorrentes", "VIPs"): 4, (NEW, "Risco"): 1},
        frozenset({("Recorrentes", "Risco")}),
    )
    assert (found.starts, found.ends) == (["Recorrentes", NEW], ["Risco", "VIPs"])
    assert (found.moved(), found.moved("Recorrentes"), found.moved(end="Risco")) == (5, 4, 1)
    assert balance(found)[0] == {"persona": "Risco", "before": 74, "entered": 1, "left": 4, "now": 71}


def test_sizes_over_the_months_are_those_of_profiles(place):
    assert len(queries.sizes(place)) == 9
    assert sum(row["customers"] for row in queries.sizes(place) if row["month"] == MAY) == 60
    assert queries.profile(place, RISK)["persona"] == PERSONAS[RISK]
    assert queries.profile(place, 99) is None


@pytest.mark.parametrize("asked", ["c00", "C00", "%", "'", *ODD, "' OR true --", "$code", "\\"])
def test_a_part_of_a_code_is_looked_for_as_it_stands(place, asked):
    found = customers.count(place, Filter(code=asked))
    assert found == sum(asked.lower() in each.lower() for each in CUSTOMERS)
    assert customers.customers(place, Filter(code=asked), "monetary", True).num_rows == found


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(), list(CUSTOMERS)),
        (Filter(segments={"value": (RISK, VIP)}), [*mine(RISK), *mine(VIP)]),
        (Filter(segments={"value": (RISK,), "categories": (2,)}), []),
        (Filter(segments={"value": ()}), list(CUSTOMERS)),
        (Filter(states=("candidate",)), ["C002"]),
        (Filter(states=("member",), segments={"value": (RISK,)}), []),
        (Filter(moved=True), list(CAME_TO_RISK)),
        (Filter(atypical=True), list(CUSTOMERS[7::20])),
        (Filter(ranges={"monetary": (5000, 5405)}), [each for each in CUSTOMERS if 5000 <= worth(each, MAY) <= 5405]),
        (Filter(ranges={"monetary": (None, 205)}), CUSTOMERS[:2]),
        (Filter(ranges={"monetary": (10**9, None)}), []),
        (Filter(ranges={"no such column; --": (1, 2)}), list(CUSTOMERS)),
    ],
)
def test_the_count_of_a_filter_is_the_length_of_its_list(place, chosen, expected):
    assert customers.count(place, chosen) == len(expected)
    assert sorted(codes(customers.customers(place, chosen, "customer_id", False))) == sorted(expected)


def test_pages_of_a_list_are_the_whole_list_in_order(place):
    whole = customers.customers(place, Filter(), "monetary", True)
    pages = [customers.customers(place, Filter(), "monetary", True, 25, 25 * page) for page in range(3)]
    assert [code for page in pages for code in codes(page)] == codes(whole)
    assert codes(whole) == sorted(CUSTOMERS, key=lambda each: -worth(each, MAY))
    assert sum(whole["monetary"].to_pylist()) == PAID
    assert whole["persona_value"].to_pylist()[0] == PERSONAS[segment_of(codes(whole)[0], MAY)]
    assert codes(customers.customers(place, Filter(), "no such column", False))[:2] == sorted(CUSTOMERS)[:2]


def test_customers_who_are_alike_come_in_the_order_of_their_codes(place):
    found = customers.customers(place, Filter(), "frequency", True).to_pylist()
    pairs = [(row["frequency"], row["customer_id"]) for row in found]
    assert len({frequency for frequency, _ in pairs}) < len(pairs)
    assert pairs == sorted(pairs, key=lambda pair: (-pair[0], pair[1]))


def test_a_filter_says_what_it_lets_through_and_no_code_that_was_looked_for():
    chosen = Filter("C001", {"value": (RISK,)}, ("member",), True, {"monetary": (1, None), "frequency": (None, None)})
    assert chosen.logged() == {
        "code": True,
        "segments": {"value": [RISK]},
        "states": ["member"],
        "moved": True,
        "ranges": {"monetary": [1, None]},
    }
    assert Filter(segments={"value": ()}).logged() == {}
    assert Filter(atypical=True).logged() == {"atypical": True}


def test_deciles_are_values_of_the_column_each_once(place):
    found = customers.deciles(place, ["monetary", "distinct_products"])
    assert (found["monetary"][0], found["monetary"][-1]) == (worth(CUSTOMERS[0], MAY), worth(CUSTOMERS[-1], MAY))
    assert found["distinct_products"] == [2]
    assert customers.deciles(place, []) == {}
    assert "customer_id" not in customers.numeric(place)


def test_the_spread_of_a_feature_has_everybody_up_to_the_value_that_is_told(place):
    rows = compared.spread(place, "monetary", 0)
    held = sum(row["customers"] for row in rows)
    assert held == sum(worth(each, MAY) <= rows[-1]["high"] + 1e-6 for each in CUSTOMERS)
    assert sum(row["customers"] for row in compared.spread(place, "distinct_products", RISK)) == len(mine(RISK))
    assert compared.spread(place, "monetary", 99) == []
    assert compared.features_in(place) == ["recency_days", "frequency", "monetary"]


def test_a_combination_has_the_features_of_its_parts(shop_in):
    found = compared.features_in(shop_in(segmentation="value_and_categories"))
    assert found == ["recency_days", "frequency", "monetary", "share_livros", "share_moda"]


def test_items_of_a_segment_and_of_all_are_counted(place):
    all_of = {row["item_id"]: row for row in products.items(place, "")}
    assert (all_of[ITEM]["customers"], all_of[ITEM]["share"]) == (60, 1.0)
    assert (all_of[OTHER]["customers"], all_of[OTHER]["share"]) == (30, 0.5)
    assert [row["item_id"] for row in products.items(place, "CADERNO")] == [OTHER]
    assert products.items(place, "%") == []
    (first, *_) = persona.items(place, RISK)
    assert (first["item_id"], first["customers"], first["share"], first["times"]) == (ITEM, len(mine(RISK)), 1.0, 1.0)


def test_what_goes_together_is_told_against_all(place):
    (row,) = products.together(place, OTHER)
    assert (row["item_id"], row["common"], row["confidence"], row["times"]) == (ITEM, 30, 1.0, 1.0)
    assert products.together(place, "no such item") == []


def test_lists_to_sell_by_are_those_of_gold(place):
    totals = offers.totals(place)
    assert whole(offers.lists_of(place, "")).num_rows == totals["lines"]
    assert whole(offers.lists_of(place, PERSONAS[VIP])).num_rows < totals["lines"]
    assert totals["expected"] == 10.0 * totals["lines"]
    assert set(CAME_TO_RISK) < set(codes(whole(offers.lists_of(place, ""))))
    assert whole(offers.lists_of(place, "' OR true --")).num_rows == 0


def test_lists_are_counted_without_them_and_a_whole_list_is_not_kept(place):
    for count, everyone in (
        (offers.lines_of(place, ""), offers.lists_of(place, "")),
        (offers.lines_of(place, PERSONAS[VIP]), offers.lists_of(place, PERSONAS[VIP])),
        (loyalty.count(place, "insiders", "member"), loyalty.all_members(place, "insiders", "member")),
        (moves_of(place).moved(end=PERSONAS[RISK]), all_movers(place, end=PERSONAS[RISK])),
    ):
        before = dict(place.reader._answers)
        assert whole(everyone).num_rows == count > 0
        assert dict(place.reader._answers) == before
    two = whole(loyalty.all_members(place, "insiders", "member")).slice(0, 2)
    assert loyalty.members(place, "insiders", "member", 2) == two


def test_members_by_state_are_those_of_the_programme(place):
    assert codes(whole(loyalty.all_members(place, "insiders", "member"))) == sorted(
        mine(VIP), key=lambda each: -worth(each, MAY)
    )
    assert loyalty.members(place, "insiders", "candidate", 9)["lacking"].to_pylist() == ["Mais 2 pedidos"]
    assert loyalty.members(place, "other", "member", 9).num_rows == 0


def test_rows_of_sources_are_counted_and_reasons_too(place, shop_in):
    counts = {"landed": 12, "accepted": 10, "refused": 2, "before_start": 0, "left_out": 0, "doubled": 0, "files": 2}
    assert data.sources(place) == {"transactions": counts}
    assert data.reasons(place, "transactions") == [
        {"reason": "unit_price: must be greater than 0", "rows": 2},
        {"reason": "customer_id: must be present", "rows": 1},
    ]
    assert data.sources(shop_in(APRIL)) == {}
    assert data.reasons(shop_in(APRIL), "transactions") == []


@pytest.mark.parametrize("code", ODD)
def test_the_path_of_a_customer_is_found_whatever_the_code(place, code):
    path = [row for row in customer.path_of(place, code) if row["segmentation"] == "value"]
    assert [row["segment_id"] for row in path] == [segment_of(code, month) for month in (MARCH, APRIL, MAY)]
    assert customer.history(place, code, "monetary") == {month: worth(code, month) for month in (MARCH, APRIL, MAY)}


def test_a_place_knows_its_tables_labels_and_units(place, company, shop_in):
    assert place.has("segments")
    assert not shop_in(date(2011, 6, 1)).has("segments")
    assert (place.columns("no_such_table"), place.column("no_such_table", "x")) == ([], None)
    assert (place.label("monetary"), shop_in(language="en").label("recency_days")) == (
        "Valor líquido",
        "Recency (days)",
    )
    assert (place.said("monetary", 1234.4), place.said("return_share", 0.25)) == ("£ 1.234", "25,0 %")
    assert (place.said("recency_days", 9), shop_in(language="en").said("recency_days", 9)) == ("9 dias", "9 days")
    assert company.said("contract_value", 1000) == "R$ 1.000"


def test_a_table_that_lacks_and_a_column_that_lacks_are_told(tmp_path, shop_in):
    lake = Lake(root=str(tmp_path))
    write(lake, "retail", gold("customer_360"), customers_of(MAY), [MAY], without=["monetary", "frequency"])
    reader = Reader(str(tmp_path), threads=1)
    place = shop_in(at=reader)
    with pytest.raises(MissingTable, match="retail/gold/segments"):
        queries.segments(place)
    assert [each.name for each in queries.metrics(place)] == ["customers", "recency"]
    with pytest.raises(BadQuery, match="monetary"):
        customer.history(place, "C001", "monetary")
    reader.close()


def test_a_profile_of_an_earlier_version_is_shown_without_outliers(tmp_path, shop_in, place):
    lake = Lake(root=str(tmp_path))
    profile = [{"month": MAY, "layer": "silver", "table": "transactions", "column": "unit_price", "rows": 10}]
    write(lake, "retail", gold("data_profile"), profile, [MAY], without=["mad", "outlying"])
    reader = Reader(str(tmp_path), threads=1)
    (row,) = columns.profile(shop_in(at=reader))
    assert (row["column"], row["outlying"]) == ("unit_price", None)
    assert {row["column"]: row["outlying"] for row in columns.profile(place)} == {"unit_price": 2, "quantity": None}
    reader.close()


def test_what_is_written_while_somebody_looks_is_seen_at_the_next_question(tmp_path, shop_in):
    lake = make_shop(tmp_path)
    reader = Reader(str(tmp_path), threads=1)
    place = shop_in(at=reader)
    assert customers.count(place, Filter()) == 60
    write(lake, "retail", gold("customer_360"), customers_of(MAY)[:7], [MAY])
    assert customers.count(place, Filter()) == 7
    assert sum(row["customers"] for row in queries.segments(place)) == 7
    reader.close()


def test_every_table_that_a_screen_needs_is_one_of_the_platform():
    from arcana_assets.dashboard.app import SCREENS

    assert [name for each in SCREENS for name in each.tables if table_named(name).layer != "gold"] == []


def test_who_changed_and_why_is_said_in_the_language_of_the_page(shop_in):
    said = [set(movers(shop_in(language=code), "", PERSONAS[RISK], 99)["move"].to_pylist()) for code in ("pt-BR", "en")]
    assert said[0] <= {"cliente", "modelo", "cliente e modelo", "novo na base"}
    assert said[1] <= {"the customer", "the model", "customer and model", "new"}
    assert all(said)


def test_the_list_of_customers_shows_the_segment_looked_at_then_numbers_then_other_segments(company):
    names = customers.columns_of(company)
    assert names[:3] == ["customer_id", "persona_valor", "contract_value"]
    others = [name for name in names if name.startswith("persona_")]
    assert len(others) > 1
    assert names[1 - len(others) :] == others[1:]


def test_segments_that_had_one_name_one_after_the_other_are_one_area_without_a_gap():
    rows = [
        {"month": MARCH, "segment_id": 1, "persona": "A", "customers": 5, "share": 1.0},
        {"month": APRIL, "segment_id": 2, "persona": "A", "customers": 3, "share": 0.6},
        {"month": APRIL, "segment_id": 3, "persona": "B", "customers": 2, "share": 0.4},
    ]
    told = [(each["month"], each["name"], each["value"]) for each in compared.areas(rows)]
    assert told == [(MARCH, "A", 5), (APRIL, "A", 3), (MARCH, "B", 0), (APRIL, "B", 2)]
    assert len({each["colour"] for each in compared.areas(rows)}) == 2


def test_a_lift_over_a_mean_of_nearly_nothing_is_not_shown():
    profiles = [
        {"mean_growth": 0.2, "lift_growth": -42.8, "mean_value": 4.0, "lift_value": 2.0},
        {"mean_growth": -0.1, "lift_growth": 9.2, "mean_value": 1.0, "lift_value": 0.5},
    ]
    assert compared.lifts_of(profiles) == {"value": [2.0, 0.5]}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("malformed line: wrong number of fields: expected 8, found 9", "Linha que não se consegue ler"),
        ("ordered_at: is before the domain's start, 2010-12", "«ordered_at» é anterior ao primeiro mês do domínio"),
        ("ordered_at: is in the future as of 2011-05-31 03:00 UTC", "«ordered_at» está no futuro"),
        ("quantity: is not a whole number", "«quantity» tem um texto que não é um valor do seu tipo"),
        ("customer_id: must be present", "«customer_id» está sem valor"),
        (
            "item_id, day: must be unique, found in several rows that differ",
            "Outra linha já tem o mesmo «item_id, day»",
        ),
        ("kind: must be one of a, b", "«kind» não é um dos valores aceitos"),
        ("unit_price: must be greater than 0", "«unit_price» está fora dos limites"),
        ("ended_on: must not be before started_on", "«ended_on» é anterior ao primeiro dia"),
        ("unit_price: placeholder of the system", "«unit_price» quebra uma regra do contrato"),
    ],
)
def test_why_a_row_was_refused_is_said_by_the_kind_of_rule(place, reason, words):
    assert data.in_words(place, reason) == words


def test_rules_of_the_contracts_that_are_shipped_have_words_of_their_own(place):
    rules = [rule for domain in load_domains(DEFS).values() for each in domain.sources.values() for rule in each.rules]
    told = [data.in_words(place, f"x: {rule.words()}") for rule in rules if not rule.reason]
    assert told
    assert "«x» quebra uma regra do contrato" not in told


def test_every_reason_of_a_contract_has_words_of_its_own(place):
    """Of a rule with words that its author chose nobody knows the kind; every other one has it."""
    contracts = [each for domain in load_domains(DEFS).values() for each in domain.sources.values()]
    spans = contract(COLUMNS, "subscriptions", **GIVEN)
    named = {rule.words() for each in contracts for rule in each.rules if rule.reason}
    for of in (*contracts, spans):
        for reason in refusals(of, MARCH):
            kind = re.sub(r",? found .*$", "", re.sub(r": '.*' is ", ": is ", reason))
            if not any(words in kind for words in named):
                assert "quebra uma regra" not in data.in_words(place, kind), kind


def test_each_action_is_a_line_of_its_own():
    found = persona.actions_of("Campanha de retorno; perguntar por quê")
    assert found == ["Campanha de retorno", "Perguntar por quê"]
