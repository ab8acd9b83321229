"""Nobody reads a word of another language: a shop whose owner writes English, and one whose owner writes Portuguese.

Slow: each is refreshed whole over five months, for programmes need four before they have members, and every file, table
and screen of it is read.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

import pytest

from arcana_assets.domain.folder import load_domain
from arcana_assets.explanation.report import as_page, explain
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.reader import Reader
from arcana_assets.presentation.file_names import file_names, publication_of
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.pictures.month import charts_of_month
from arcana_assets_tests.dashboard.pages import another_deployment
from arcana_assets_tests.end_to_end import read_by_people
from arcana_assets_tests.end_to_end.read_by_people import Text, drawn, foreign, sentences_of
from arcana_assets_tests.end_to_end.shop_in import NAME, WORDS, shop_in
from arcana_assets_tests.worlds.platform import Platform

pytestmark = pytest.mark.slow

FIRST, MARCH, APRIL = date(2010, 12, 1), date(2011, 3, 1), date(2011, 4, 1)
# What stands for itself in every language: names of tables, columns and features, as in `transactions.unit_price`, and
# of columns of a file, as in `Country = Brasil`.
NAMES = re.compile(r"\{\w+\}|\b\w+[._]\w[\w.]*|\b\w+(?= = )|\b(transactions|customers|products)\b")
DIGEST = re.compile(r"\b[0-9a-f]{8,}\b")


class Told(NamedTuple):
    """A domain in a language, refreshed and published, and its runs."""

    code: str
    platform: Platform
    runs: frozenset[str]

    def foreign(self, texts: Iterable[Text]) -> dict[str, list[str]]:
        """Texts with words of another language, by where they are.

        In a domain in English all words are looked at. Codes are English in every domain (`at_risk`), and so are the
        reasons of quarantine: of one in Portuguese those are left out, with texts of one word and types of SQL.
        """
        found = dict[str, list[str]]()
        held = None if self.code == "en" else self.held
        for place, text in set(texts):
            said = DIGEST.sub(" ", text)
            if held is not None:
                code = " " not in text.strip() or text.isupper()
                said = " " if code else NAMES.sub(" ", held.sub(" ", said))
            if words := foreign(said, self.code):
                found.setdefault(place, []).append(f"{', '.join(words)}: {text[:200]}")
        return found

    @property
    def held(self) -> re.Pattern[str]:
        """What rows in quarantine say of themselves: their reasons, without what was found."""
        reasons = {
            reason.strip().rsplit(", found ", 1)[0]
            for name in ("transactions", "products", "customers")
            for row in self.platform.table("quarantine", name).to_pylist()
            for reason in re.split(r"; |\n", str(row["_reasons"]))
        }
        rules = {reason.split(": ", 1)[-1] for reason in reasons}
        return re.compile("|".join(sorted(map(re.escape, reasons | rules), key=len, reverse=True)))


@pytest.fixture(scope="module", params=["en", "pt-BR"])
def told(request: pytest.FixtureRequest, make_platform: Callable[[], Platform]) -> Told:
    platform, code = make_platform(), request.param
    shop_in(code, platform, customers=100, months=5)
    before = platform.refresh(FIRST, MARCH, published=False)
    assert before.failures == []
    done = platform.refresh(APRIL)
    assert done.failures == []
    return Told(code, platform, frozenset({before.run_id, done.run_id}))


def test_files_are_called_and_written_in_the_language_of_the_domain(told: Told) -> None:
    root = told.platform.root / "lake" / NAME / "published"
    folders = {path.name for path in root.iterdir() if path.is_dir()}
    spec = DomainSpec(load_domain(told.platform.folder / NAME), told.platform.folder / NAME)
    assert folders == {spec.file_name(publication_of(each)) for each in folders}
    assert len(folders) == 15
    if told.code == "pt-BR":
        assert folders == {publication_of(each) for each in folders}  # as versions before there was English
    texts = list(read_by_people.published(root))
    assert {text.place.rsplit(".", 1)[-1] for text in texts} >= {"csv", "xlsx", "html", "json", "png"}
    assert told.foreign(texts) == {}


def test_tables_say_what_they_say_in_the_language_of_the_domain(told: Told) -> None:
    texts = list(read_by_people.tables(told.platform))
    places = {text.place for text in texts}
    assert {"gold.segment_profiles.persona", "gold.recommendations.reason", "gold.loyalty_members.reason"} <= places
    assert {"gold.predictions.reasons", "gold.loyalty_report.answer", "gold.segments.move"} <= places
    assert told.foreign(texts) == {}


def test_screens_of_the_page_are_in_the_language_of_the_domain(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ARCANA_DASHBOARD_ROLES": "",
        "ARCANA_LAKE": told.platform.deployment.lake,
        "ARCANA_HOME": str(told.platform.root / "home"),
        "ARCANA_DEFS": str(told.platform.folder),
        "ARCANA_THREADS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    with another_deployment():
        texts = list(read_by_people.screens(told.platform, "2011-04", WORDS[told.code]["value"]))
    assert len(texts) > 1000
    assert told.foreign(texts) == {}


def test_what_is_explained_to_a_customer_is_in_the_language_of_the_domain(told: Told) -> None:
    reader = Reader(told.platform.deployment.lake, threads=1)
    customer = told.platform.table("gold", "recommendations", APRIL)["customer_id"][0].as_py()
    try:
        page = as_page(explain(load_domain(told.platform.folder / NAME), reader, customer, APRIL))
    finally:
        reader.close()
    assert told.foreign(Text("page", text) for text in read_by_people.texts_of_page(page)) == {}


def test_the_log_of_a_domain_in_english_has_no_other_words(told: Told) -> None:
    """What engineers read is English in every domain, what quotes tables and files is as they are."""
    if told.code == "en":
        texts = list(read_by_people.told_to_dagster(told.platform.instance, told.runs))
        assert len(texts) > 500
        assert told.foreign(texts) == {}


def test_pictures_are_in_the_language_of_the_domain(told: Told) -> None:
    tables = {"segments": "segments", "profiles": "segment_profiles", "migration": "segment_migration"}
    tables |= {"selection": "segmentation_selection", "features": "feature_matrix"}
    frames = {
        name: told.platform.table("gold", table, APRIL).to_pandas().drop(columns="month")
        for name, table in tables.items()
    }
    domain = load_domain(told.platform.folder / NAME)
    charts = dict(charts_of_month(domain.segmentations, APRIL, frames, language_of(domain.language)))
    assert len(charts) >= 11
    texts = [Text(name, text) for name, chart in charts.items() for text in drawn(chart)]
    assert {text.place for text in texts} == set(charts)
    assert told.foreign(texts) == {}


@pytest.mark.parametrize(("code", "other"), [("en", "pt-BR"), ("pt-BR", "en")])
def test_sentences_of_the_other_language_are_found_and_none_of_its_own(code: str, other: str) -> None:
    """Of sentences that have a few words; whatever is not found would not be found elsewhere."""
    theirs = [text for text in sentences_of(other) if len(text.split()) > 3]
    found = [text for text in theirs if foreign(text, code)]
    assert len(found) > 0.98 * len(theirs)
    assert [text for text in sentences_of(code) if foreign(text, code)] == []


def test_names_of_files_are_told_from_those_of_other_languages() -> None:
    assert "loyalty_list" in file_names("lista_de_fidelidade")
    assert foreign("lista_de_fidelidade", "en")
    assert foreign("loyalty_list", "pt-BR")
