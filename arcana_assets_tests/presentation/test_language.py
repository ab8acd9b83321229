"""Languages say the same things, every sentence that the code asks for is there, numbers are as readers write them."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import arcana_assets
from arcana_assets.components.customer_domain import domain_definitions
from arcana_assets.dashboard.app import SCREENS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.metrics import METRICS
from arcana_assets.domain.words import DEFAULT_LANGUAGE, languages
from arcana_assets.domain.yaml.file import ContractError
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.language import NoSuchText, language_of
from arcana_assets_tests.worlds.folder import DEFS, SALES
from arcana_assets_tests.worlds.run import deployment_in
from arcana_assets_tests.worlds.spoken import of_another_language

CODE = sorted(Path(arcana_assets.__file__).parent.rglob("*.py"))
PORTUGUESE, ENGLISH = language_of("pt-BR"), language_of("en")
FILLED, COMMAND = re.compile(r"{\w*}"), re.compile(r"arcana \w+ [^»\"]*--\w+")


def sentences(texts: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every sentence, and whatever else is no mapping, under its whole key."""
    if not isinstance(texts, dict):
        yield key, texts
        return
    if set(texts) == {"one", "other"}:
        yield key, "{n}".join(texts.values())
        return
    for name, below in texts.items():
        yield from sentences(below, f"{key}.{name}".removeprefix("."))


def filled(text: Any) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(str(text)) if name}


def asked_for() -> Iterator[tuple[str, bool]]:
    """The keys that the page says, up to where they are put together; and whether they are whole."""
    begins = re.compile(rf"({'|'.join(PORTUGUESE.texts)})\.")
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and "say" in (getattr(node.func, "attr", ""), getattr(node.func, "id", "")):
                yield from ((each.value, True) for each in node.args[:1] if isinstance(each, ast.Constant))
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                first = str(node.values[0].value)
                if begins.match(first):
                    yield first, False
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and PORTUGUESE.knows(node.value):
                yield node.value, True


def test_another_language_has_the_same_sentences_with_the_same_values_in_them():
    assert languages() == ["en", "pt-BR"]
    assert DEFAULT_LANGUAGE in languages()
    expected = {key: filled(text) for key, text in sentences(PORTUGUESE.texts)}
    for code in languages():
        found = {key: filled(text) for key, text in sentences(language_of(code).texts)}
        assert sorted(found.keys() ^ expected.keys()) == [], code
        assert {key for key in found if found[key] != expected[key]} == set(), code


@pytest.mark.parametrize("code", ["en", "pt-BR"])
def test_every_sentence_says_something_and_speaks_its_own_language(code):
    language = language_of(code)
    assert [key for key, text in sentences(language.texts) if not str(text).strip()] == []
    others = [each for each in languages() if each != code]
    other = dict(sentences(language_of(others[0]).texts))
    worded = {key: text for key, text in sentences(language.texts) if re.search("[a-z]{2}", FILLED.sub("", str(text)))}
    same = [key for key, text in worded.items() if text == other[key]]
    # Names and words that are the same in both.
    assert len(same) < 25, same


@pytest.mark.parametrize("code", ["en", "pt-BR"])
def test_no_sentence_has_a_word_of_another_language(code):
    """Commands are the same in all."""
    texts = {key: COMMAND.sub("", FILLED.sub("", str(text))) for key, text in sentences(language_of(code).texts)}
    assert {key: found for key, text in texts.items() if (found := of_another_language(text, code))} == {}


def test_every_sentence_that_the_page_says_is_there():
    known = dict(sentences(PORTUGUESE.texts))
    asked = list(asked_for())
    assert len(asked) > 300
    assert sorted({key for key, complete in asked if complete and "." in key and key not in known}) == []
    made = {key for key, complete in asked if not complete and key}
    assert sorted(key for key in made if not any(each.startswith(key) for each in known)) == []


def test_no_sentence_is_kept_that_nobody_says():
    whole = {key for key, complete in asked_for() if complete}
    made = {key for key, complete in asked_for() if not complete and key} | {"notation.", "files.of.", "defaults."}
    kept = {key for key, _ in sentences(PORTUGUESE.texts)}
    assert sorted(key for key in kept - whole if not key.startswith(tuple(made))) == []


def test_what_tables_call_things_has_words():
    """Values of columns that the page puts into a key."""
    needed = {
        "movement.event_": ("born", "split", "merged", "retired", "renamed"),
        "models.outcome_": ("first", "scored", "kept", "refitted", "replaced", "promoted"),
        "models.form_": ("kinds", "cuts"),
        "loyalty.state_": ("member", "at_risk", "candidate", "removed"),
        "loyalty.group_": ("members", "rest"),
        "screens.": [each.name for each in SCREENS],
        "metrics.": [f"{each.name}.{part}" for each in METRICS for part in ("label", "about")],
    }
    asked = [f"{key}{value}" for key, values in needed.items() for value in values]
    assert [key for key in asked if not PORTUGUESE.knows(key)] == []


@pytest.mark.parametrize(
    ("value", "number", "count", "percent"),
    [
        (0.0, "0", "0", "0,0 %"),
        (0.25, "0,25", "0", "0,2 %"),
        (9.994, "9,99", "10", "10,0 %"),
        (12.34, "12,3", "12", "12,3 %"),
        (-20.5, "-20,5", "-20", "-20,5 %"),
        (100.4, "100", "100", "100,4 %"),
        (1234.0, "1.234", "1.234", "1.234,0 %"),
        (999_999.0, "999.999", "999.999", "999.999,0 %"),
        (1.2e6, "1,2 mi", "1.200.000", "1.200.000,0 %"),
        (2e6, "2 mi", "2.000.000", "2.000.000,0 %"),
        (3.45e9, "3,5 bi", "3.450.000.000", "3.450.000.000,0 %"),
        (float("nan"), "sem dado", "sem dado", "sem dado"),
        (0.01, "0,01", "0", "< 0,1 %"),
    ],
)
def test_portuguese_numbers_are_as_brazilian_readers_write_them(value, number, count, percent):
    assert PORTUGUESE.number(value) == number
    assert PORTUGUESE.count(value) == count
    assert PORTUGUESE.percent(value / 100) == percent


def test_english_numbers_are_as_english_readers_write_them():
    assert [ENGLISH.number(value) for value in (1234.0, 12.34, 1.2e6, 3e9)] == ["1,234", "12.3", "1.2 M", "3 bn"]
    assert ENGLISH.percent(0.125) == "12.5%"
    assert ENGLISH.percent(0.0001) == "< 0.1%"
    assert ENGLISH.money(1234.4, "BRL") == "R$1,234"
    assert (ENGLISH.month(date(2011, 5, 1)), ENGLISH.day(date(2011, 5, 31))) == ("May 2011", "2011-05-31")


def test_values_are_said_by_their_kind():
    said = PORTUGUESE.value
    assert said(1234.4, "money", "GBP") == "£ 1.234"
    assert said(0.25, "share") == "25,0 %"
    assert said(True, "boolean") == "Sim"
    assert said(date(2011, 5, 31), "date") == "31/05/2011"
    assert said(date(2011, 5, 1), "month") == "maio de 2011"
    assert said(3, "integer", unit="dias") == "3 dias"
    assert [said(value, "decimal") for value in (None, float("inf"))] == ["", ""]
    assert said("<b>", "text") == "<b>"


def test_a_change_is_told_where_there_was_something_before():
    assert [PORTUGUESE.change(*each) for each in ((110, 100), (90, 100), (100, 100))] == ["+10,0 %", "-10,0 %", "0,0 %"]
    assert [PORTUGUESE.change(*each) for each in ((5, 0), (None, 5), (5, None), (float("inf"), 1))] == [""] * 4


def test_a_sentence_is_chosen_by_how_many_and_filled():
    assert PORTUGUESE.say("customers.found", n=1) == "1 cliente passa pelo filtro."
    assert PORTUGUESE.say("customers.found", n=1200) == "1.200 clientes passam pelo filtro."
    assert ENGLISH.say("customers.found", n=1200) == "1,200 customers pass the filter."


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("customers.foundd", "texts/pt-BR.yaml has no 'customers.foundd'; did you mean 'found'?"),
        ("customers", "texts/pt-BR.yaml has no sentence 'customers', but several below it"),
        ("customer.title", "'customer.title' in texts/pt-BR.yaml needs the value 'code'"),
    ],
)
def test_a_sentence_that_is_not_there_is_told_with_the_nearest(key, said):
    with pytest.raises(NoSuchText, match=re.escape(said)):
        PORTUGUESE.say(key)


def test_a_language_without_texts_is_refused_where_definitions_load_and_by_whoever_asks_for_it(tmp_path):
    (tmp_path / "shop" / "sources").mkdir(parents=True)
    (tmp_path / "shop" / "sources" / "sales.yaml").write_text(SALES, encoding="utf-8")
    said = DEFS.replace("  currency: BRL\n", "  currency: BRL\n  language: fr\n")
    (tmp_path / "shop" / "defs.yaml").write_text(said, encoding="utf-8")
    expected = r"defs\.yaml:9: attributes\.language: there are no texts in 'fr'; known: en, pt-BR"
    with pytest.raises(ContractError, match=expected):
        domain_definitions(
            DomainSpec(load_domain(tmp_path / "shop"), tmp_path / "shop"), deployment_in(tmp_path, "off")
        )
    with pytest.raises(NoSuchText, match="there is no language 'fr'; known: en, pt-BR"):
        language_of("fr")
    (tmp_path / "shop" / "defs.yaml").write_text(said.replace("language: fr", "language: en"), encoding="utf-8")
    domain_definitions(DomainSpec(load_domain(tmp_path / "shop"), tmp_path / "shop"), deployment_in(tmp_path, "off"))


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [(212, 212, "0,0 %"), (9604, 9606, "0,0 %"), (101, 100, "+1,0 %"), (99, 100, "-1,0 %"), (1, None, ""), (1, 0, "")],
)
def test_a_change_that_is_none_has_no_sign(now, before, said):
    assert PORTUGUESE.change(now, before) == said


def test_words_are_a_list_of_the_language():
    assert len(PORTUGUESE.words("workbook.outcomes")) == len(ENGLISH.words("workbook.outcomes")) == 4
    with pytest.raises(NoSuchText, match=r"has no list 'workbook\.about'"):
        PORTUGUESE.words("workbook.about")
