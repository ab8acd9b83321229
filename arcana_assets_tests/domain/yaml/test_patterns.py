"""Regular expressions are those that engines know."""

import pytest

from arcana_assets.domain.yaml.patterns import checked_pattern


@pytest.mark.parametrize(
    "pattern", [" - (LICENCA|MANUTENCAO)$", "Faixa 00.*", r"^\d+(?:,\d)?$", "(?i)a", r"\.", "a?b+"]
)
def test_a_pattern_that_engines_know_is_taken(pattern):
    assert checked_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", ["(?<= )X$", "(?<!a)b", "a(?=b)", "a(?!b)", r"(a)\1", "(?P<x>a)(?P=x)"])
def test_a_pattern_that_engines_do_not_know_is_refused_by_its_part(pattern):
    with pytest.raises(ValueError, match="which engines do not know"):
        checked_pattern(pattern)


def test_what_is_no_pattern_is_refused():
    with pytest.raises(ValueError, match=r"'\(' is not a regular expression"):
        checked_pattern("(")
