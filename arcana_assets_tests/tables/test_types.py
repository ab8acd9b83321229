"""The types of columns, as Arrow, Ibis and SQL call them."""

import pyarrow as pa
import pytest

from arcana_assets.tables.types import ARROW, TYPES, column_type, spelled_type


@pytest.mark.parametrize("kind", ARROW)
def test_arrow_and_ibis_mean_the_same_by_a_type(kind):
    made = TYPES[kind].to_pyarrow()
    assert made == ARROW[kind] or (pa.types.is_list(made) and made.value_type == ARROW[kind].value_type)


@pytest.mark.parametrize("kind", [kind for kind in ARROW if kind != "texts"])
def test_a_type_of_arrow_is_called_as_it_was_declared(kind):
    assert column_type(ARROW[kind]) == kind


def test_a_list_is_shown_as_a_text_and_spelled_by_what_it_holds():
    assert column_type(pa.list_(pa.string())) == "text"
    assert spelled_type(pa.list_(pa.decimal128(18, 4))) == "DECIMAL(18, 4)[]"
    assert spelled_type(pa.timestamp("us", tz="UTC")) == "TIMESTAMP WITH TIME ZONE"
