"""Entities: schemas that a reader understands without asking."""

import pytest

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.entities.entity import VALUE_WORDS
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.entities.subscribers import ASPECTS, SUBSCRIBER_ENTITIES
from arcana_assets.domain.words import languages, texts_of


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
def test_every_column_has_one_name_a_type_and_a_description(entity):
    assert len(set(entity.names)) == len(entity.names)
    assert all(column.description and column.type in VALUE_WORDS for column in entity.columns)


DATED = {name: entity for name, entity in ENTITIES.items() if entity.dated_by is not None}
# What a source of the entity is that does not map its date.
SNAPSHOTS = {"subscriptions": "yearly figure", "surveys": "dated through its ticket"}


@pytest.mark.parametrize("entity", DATED.values(), ids=list(DATED))
def test_what_dates_a_row_is_a_date_and_required_unless_its_words_say_when_it_is_absent(entity):
    column = entity.column(entity.dated_by)
    assert column.type in ("date", "instant")
    assert column.required == (entity.name not in SNAPSHOTS)
    assert SNAPSHOTS.get(entity.name, "") in column.description


@pytest.mark.parametrize("entity", DATED.values(), ids=list(DATED))
def test_a_source_that_maps_the_date_is_dated_by_it_and_refuses_rows_without(entity):
    date = {"from": "day", "to": entity.dated_by, "formats": ["%Y-%m-%d"]}
    others = [{"from": "id", "to": "customer_id"}]
    given = {"entity": entity.name, "description": "x", "landing": {"pattern": "*"}, "format": {"kind": "csv"}}
    dated = Contract.model_validate(given | {"columns": [*others, date]})
    snapshot = Contract.model_validate(given | {"columns": others})
    assert (dated.dated, snapshot.dated) == (True, False)
    assert dated.requires(entity.dated_by)
    assert snapshot.requires(entity.dated_by) == (entity.name not in SNAPSHOTS)


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
def test_every_number_with_decimals_has_its_unit_but_a_quantity_which_is_of_the_product(entity):
    assert all(column.unit for column in entity.columns if column.type == "decimal" and column.name != "quantity")
    assert all(column.unit == "percent" for column in entity.columns if column.name.endswith("_percent"))


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
def test_every_instant_is_in_utc(entity):
    assert {column.unit for column in entity.columns if column.type == "instant"} <= {"UTC"}


@pytest.mark.parametrize("entity", SUBSCRIBER_ENTITIES, ids=lambda entity: entity.name)
def test_what_is_known_of_a_customer_under_contract_names_the_customer(entity):
    assert entity.column("customer_id").required


def test_each_aspect_of_a_survey_is_a_score_and_has_the_words_of_its_readers():
    names = [name.removeprefix("aspect_") for name in ENTITIES["surveys"].names if name.startswith("aspect_")]
    assert names == list(ASPECTS)
    for code in languages():
        called = texts_of(code)["customer_360"]["aspects"]
        assert list(called) == list(ASPECTS)
        assert len(set(called.values())) == len(ASPECTS)
    assert all(ENTITIES["surveys"].column(f"aspect_{name}").unit == "points" for name in ASPECTS)


def test_a_column_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        ENTITIES["customers"].column("age")


def test_a_derived_column_is_not_required_of_the_file():
    transactions = ENTITIES["transactions"]
    assert transactions.derived == ("unit_price", "amount", "kind", "is_product")
    # Of the price of a piece and the total of a line one has to be there: the contract says of which the other is made.
    assert [name for name in transactions.derived if transactions.column(name).required] == ["unit_price"]
