"""Facets: columns that a business user and a model understand without asking."""

import pytest

from arcana_assets.domain.entities.entity import VALUE_WORDS
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.entities.subscribers import SURVEY_KINDS
from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.registry import ENCODED, FACETS, facets_of
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import language_of

COLUMNS = [(facet.entity, column) for facet in FACETS.values() for column in facet.columns]
each_column = pytest.mark.parametrize(("facet", "column"), COLUMNS, ids=lambda value: getattr(value, "name", value))


@each_column
def test_every_column_has_a_type_a_description_and_words_for_its_readers(facet, column):
    assert column.type in VALUE_WORDS
    assert column.description
    assert label_of(column.name) != column.name
    assert not column.description.endswith(".")


@each_column
def test_only_numbers_are_features_and_every_amount_has_a_unit(facet, column):
    assert column.feature is None or column.type in ("integer", "decimal", "double")
    assert column.type != "decimal" or column.unit


@each_column
def test_a_feature_that_is_absent_by_itself_says_when(facet, column):
    said = "absent" in column.description or column.name.startswith(("nps_", "mrr_12m"))
    assert column.feature != "itself" or said


def test_no_two_facets_have_a_column_of_one_name():
    names = [column.name for _, column in COLUMNS]
    flags = [HAS + facet for facet in FACETS] + [facet + ABSENT for facet in FACETS]
    absences = [column.name + ABSENT for _, column in COLUMNS if column.feature == "itself"]
    every = [*names, *flags, *absences, "customer_id", "month"]
    assert len(set(every)) == len(every)


def test_every_facet_is_of_an_entity_and_is_called_something():
    assert set(FACETS) <= set(ENTITIES)
    assert len({language_of().say(f"facets.{name}") for name in FACETS}) == len(FACETS)


def test_labels_differ_within_a_facet():
    for facet, each in FACETS.items():
        labels = [label_of(column.name) for column in each.columns]
        assert len(set(labels)) == len(labels), facet


def test_what_is_encoded_is_a_text_of_the_profile_and_no_feature_itself():
    profile = {column.name: column for column in FACETS["customers"].columns}
    assert {(profile[name].type, profile[name].feature) for name in ENCODED} == {("text", None)}


def test_the_profile_is_absent_with_no_facet():
    # Every customer has one, so nothing of it can be absent with it.
    assert {column.feature for column in FACETS["customers"].columns} <= {None, "itself", "never"}


def test_every_kind_of_survey_has_an_nps_and_a_count():
    names = {column.name for column in FACETS["surveys"].columns}
    assert {f"nps_{kind}" for kind in SURVEY_KINDS} | {f"nps_{kind}_answers" for kind in SURVEY_KINDS} <= names


def test_scores_between_whole_ones_are_passive_by_the_words():
    columns = {column.name: column.description for column in FACETS["surveys"].columns}
    assert columns["passives"] == "Scores above 6 and below 9"


def test_entities_without_a_facet_give_none():
    assert facets_of(["transactions", "products"]) == {}
    assert list(facets_of(FACETS)) == list(FACETS)
