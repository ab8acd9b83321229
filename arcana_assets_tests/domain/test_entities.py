"""Entities: schemas that a reader understands without asking."""

import pytest

from arcana_assets.domain.entities import ENTITIES, VALUE_WORDS


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
def test_every_column_has_one_name_a_type_and_a_description(entity):
    assert len(set(entity.names)) == len(entity.names)
    assert all(column.description and column.type in VALUE_WORDS for column in entity.columns)


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
def test_what_dates_a_row_is_a_required_date(entity):
    if entity.dated_by is not None:
        column = entity.column(entity.dated_by)
        assert column.required
        assert column.type in ("date", "instant")


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
def test_every_amount_of_money_has_its_unit(entity):
    assert all(column.unit for column in entity.columns if column.type == "decimal")


def test_a_column_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        ENTITIES["customers"].column("age")


def test_a_derived_column_is_not_required_of_the_file():
    transactions = ENTITIES["transactions"]
    assert transactions.derived == ("amount", "kind", "is_product")
    assert not any(transactions.column(name).required for name in transactions.derived)
