"""What is held of a customer and why it is where it is, as its page and its data say it, and the buttons for them."""

import json

import pytest

from arcana_assets.explanation.held import Person, held_of
from arcana_assets.explanation.report import UnknownCustomer, as_json, as_page, explain
from arcana_assets.lake.reader import Reader
from arcana_assets_tests.dashboard.lakes import APRIL, MAY, PERSONAS, REASON, RISK, gold, write
from arcana_assets_tests.dashboard.pages import downloads, opened


def test_the_page_says_each_decision_with_its_reason_and_the_data_hold_every_row(domains, reader):
    found = explain(domains["retail"], reader, "C002", MAY)
    [value] = [each for each in found.decisions.segments if each["segmentation"] == "value"]
    assert (value["persona"], value["since"]) == (PERSONAS[RISK], MAY)
    page = as_page(found)
    assert "Dados e decisões sobre o cliente C002" in page
    assert PERSONAS[RISK] in page
    assert REASON in page
    told = json.loads(as_json(found))
    assert (told["customer"], told["month"]) == ("C002", "2011-05-01")
    held = {each["table"]: each for each in told["held"]}
    assert {row["customer_id"] for row in held["gold/customer_360"]["rows"]} == {"C002"}
    assert {row["month"] for row in held["gold/customer_360"]["rows"]} >= {f"{APRIL}", f"{MAY}"}
    assert held["gold/customer_360"]["columns"]["customer_id"] == "The customer, as in silver"


def test_a_segment_is_had_since_the_month_it_was_entered_in(domains, reader):
    [before] = [
        each
        for each in explain(domains["retail"], reader, "C002", APRIL).decisions.segments
        if each["segmentation"] == "value"
    ]
    assert before["persona"] != PERSONAS[RISK]
    assert before["since"] < APRIL


def test_a_code_that_looks_like_markup_stays_a_text(domains, reader):
    page = as_page(explain(domains["retail"], reader, "<script>alert(1)</script>", MAY))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_of_nobody_nothing_is_told_and_the_code_is_not_repeated(domains, reader):
    with pytest.raises(UnknownCustomer, match="none with it") as told:
        explain(domains["retail"], reader, "Maria' OR 1=1 --", MAY)
    assert "Maria" not in str(told.value)


def test_the_screen_of_a_customer_gives_both_files(deployed):
    deployed()
    page = opened("cliente", dominio="retail", mes="2011-05", cliente="C002")
    assert downloads(page) == ["Baixar a explicação", "Baixar todos os dados (JSON)"]


def test_a_list_of_typical_customers_names_nobody_else(domains, lake):
    rows = [{"month": MAY, "segmentation": "value", "segment_id": 1, "typical_customers": "C002, C003, C004"}]
    write(lake, "retail", gold("segment_profiles"), rows, [MAY])
    reader = Reader(lake.root, threads=1)
    try:
        (held,) = held_of(domains["retail"], reader, Person(("C003",)))
    finally:
        reader.close()
    assert held.rows[0]["typical_customers"] == "C003"
