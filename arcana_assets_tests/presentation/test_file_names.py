"""Files are called by their readers' language, and are found whatever language they were called by."""

import re

import pytest

from arcana_assets.domain.words import languages
from arcana_assets.presentation.file_names import file_name, file_names, publication_of
from arcana_assets.presentation.language import language_of

PUBLICATIONS = tuple(language_of("pt-BR").texts["files"]["of"])


@pytest.mark.parametrize("code", languages())
def test_each_publication_has_a_name_of_its_own_that_every_file_system_keeps(code):
    names = [file_name(publication, language_of(code)) for publication in PUBLICATIONS]
    assert len({name.casefold() for name in names}) == len(names) == 17
    assert [name for name in names if not re.fullmatch("[a-z][a-z_]*", name)] == []


def test_a_publication_is_known_by_its_name_in_any_language_and_no_name_is_of_two():
    for publication in PUBLICATIONS:
        assert {publication_of(name) for name in file_names(publication)} == {publication}
        assert file_name(publication, language_of("en")) in file_names(publication)
    assert publication_of("anything") == "anything"
    assert file_names("anything") == ("anything",)


def test_names_of_domains_in_portuguese_are_what_they_were():
    assert [file_name(publication, language_of("pt-BR")) for publication in PUBLICATIONS] == list(PUBLICATIONS)
    assert file_name("previsoes_por_cliente", language_of("en")) == "predictions_by_customer"
