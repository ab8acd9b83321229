"""Nobody reads a word of another language: a shop whose owner writes English, and one whose owner writes Portuguese.

Slow: each is refreshed whole over five months, for programmes need four before they have members, and every file, table
and screen of it is read.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

import pytest

from arcana_assets.catalogue.tables import tables_of
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
NAMES = re.compile(r"\{\w+\}|\b\w+[._]\w[\w.]*|\b\w+(?= = )|\b(transactions|customers|products)\b|\bscikit-learn\b")
DIGEST = re.compile(r"\b[0-9a-f]{8,}\b")
# Columns whose values are codes, which are English in every domain.
CODED = {
    "gold.data_findings": ("subject", "item", "other", "part"),
    "gold.data_profile": ("layer", "table", "column", "type"),
    "gold.feature_drift": ("feature",),
    "gold.loyalty_conditions": ("measure", "better"),
    "gold.loyalty_forecast": ("group",),
    "gold.loyalty_forecast_results": ("group",),
    "gold.loyalty_members": ("state", "change"),
    "gold.outliers": ("grain", "measure"),
    "gold.prediction_calibration": ("unit",),
    "gold.prediction_drift": ("feature", "unit"),
    "gold.prediction_evaluation": ("candidate", "unit"),
    "gold.prediction_results": ("champion", "unit"),
    "gold.predictions": ("champion", "unit", "feature_1", "feature_2", "feature_3"),
    "gold.recommendation_evaluation": ("recommender",),
    "gold.segment_events": ("event",),
}
# Those of the tables of models, of which each prediction and segmentation has one.
MODELLED = (
    *("challenger", "champion", "form", "outcome", "events"),
    *("model", "unit", "distributions", "evaluation", "beyond"),
)
# What machines read: names of columns stand in it, and codes among words of people.
FOR_MACHINES = re.compile(r".*\.(csv|json)|gold\.data_profile\.top_values")
# Where columns are named as the tables call them.
NAMING = re.compile(r"perfil_dos_dados/.*\.html|sobre")
# Codes of silver, among the most frequent values; of models alone, in cards; a column of a published file alone.
OTHER_CODES = frozenset({"true", "false", "sale", "return", "active", "spend", "priority"})


class Told(NamedTuple):
    """A domain in a language, refreshed and published, and its runs."""

    code: str
    platform: Platform
    runs: frozenset[str]

    def foreign(self, texts: Iterable[Text]) -> dict[str, list[str]]:
        """Texts with words of another language, by where they are.

        In a domain in English all words are looked at. Codes are English in every domain (`at_risk`), and so are the
        reasons of quarantine: of one in Portuguese those are left out, wherever they are known to stand.
        """
        found = dict[str, list[str]]()
        codes = None if self.code == "en" else Codes.of(self.platform)
        for place, text in set(texts):
            said = DIGEST.sub(" ", text)
            if codes is not None:
                said = " " if codes.are(place, text) else NAMES.sub(" ", codes.held.sub(" ", said))
            if words := foreign(said, self.code):
                found.setdefault(place, []).append(f"{', '.join(words)}: {text[:200]}")
        return found


class Codes(NamedTuple):
    """What is English in a domain in Portuguese: names of tables and columns, codes, and reasons of quarantine."""

    tables: frozenset[str]
    columns: frozenset[str]
    values: frozenset[str]
    months: frozenset[str]
    held: re.Pattern[str]

    @classmethod
    def of(cls, platform: Platform) -> "Codes":
        """Those of a domain that was refreshed."""
        domain = load_domain(platform.folder / NAME)
        tables = tables_of(domain)
        coded = [f"{table}.{column}" for table, columns in CODED.items() for column in columns]
        values = {text for place, text in read_by_people.tables(platform) if place in coded}
        said = language_of(domain.language).words("notation.months")
        return cls(
            frozenset(table.title for table in tables),
            frozenset(name for table in tables for name in table.columns),
            frozenset(values) | OTHER_CODES,
            frozenset(name[:3] for name in said),
            _held(platform),
        )

    def are(self, place: str, text: str) -> bool:
        """Whether a text is a code in its place, or a month as the calendar of a chart has it."""
        table, _, column = place.rpartition(".")
        if column in CODED.get(table, MODELLED if table.startswith("models.") else ()):
            return " " not in text or text.isupper()
        if FOR_MACHINES.fullmatch(place):
            return text in self.columns | self.values
        return text in self.tables | self.months or (text in self.columns and bool(NAMING.fullmatch(place)))


def _held(platform: Platform) -> re.Pattern[str]:
    """What rows in quarantine say of themselves: their reasons, without what was found."""
    reasons = {
        reason.strip().rsplit(", found ", 1)[0]
        for name in ("transactions", "products", "customers")
        for row in platform.table("quarantine", name).to_pylist()
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


def test_a_single_word_is_looked_at_unless_it_is_a_code_where_it_stands() -> None:
    none = frozenset[str]()
    codes = Codes(frozenset({"gold/segments"}), frozenset({"segment"}), frozenset({"logistic"}), none, re.compile("^$"))
    assert codes.are("gold.predictions.champion", "logistic")
    assert codes.are("cartoes_dos_modelos/gasto.json", "logistic")
    assert codes.are("base_analitica/2011-04.csv", "segment")
    assert codes.are("dados", "gold/segments")
    for place, text in (
        *(("base_analitica/2011-04.xlsx", "Segment"), ("base_analitica/2011-04.xlsx", "segment")),
        *(("clientes", "Customers"), ("clientes", "CUSTOMERS"), ("base_analitica/2011-04.csv", "CUSTOMERS")),
        *(("gold.segments.persona", "Loyal"), ("gold.predictions.reasons", "logistic")),
    ):
        assert not codes.are(place, text), (place, text)


def test_names_of_files_are_told_from_those_of_other_languages() -> None:
    assert "loyalty_list" in file_names("lista_de_fidelidade")
    assert foreign("lista_de_fidelidade", "en")
    assert foreign("loyalty_list", "pt-BR")
