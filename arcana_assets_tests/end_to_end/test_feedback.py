"""The published list, filled in by a seller and dropped back: it holds items back, and tells what lists bring.

Slow: each of these tests computes months of a domain.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import openpyxl
import pytest
import yaml

from arcana_assets.automation.refresh import Refresh
from arcana_assets.definitions import DEFS
from arcana_assets.graph.run import AS_OF_TAG
from arcana_assets.recommendations.held_out import held_out
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets_tests.worlds.platform import Platform

pytestmark = pytest.mark.slow

DECEMBER, FEBRUARY, MARCH = date(2010, 12, 1), date(2011, 2, 1), date(2011, 3, 1)
OFFERED, LAST_NIGHT = date(2011, 3, 10), "2011-02-28T23:59:00+00:00"
FEEDBACK = "recommendation_feedback"


@dataclass
class Filled:
    """A shop whose list of February came back in March, and the pairs that were answered, by the answer."""

    platform: Platform
    done: Refresh
    book: Path
    pairs: dict[str, tuple[str, str]]
    lines: int


@pytest.fixture(scope="module")
def filled(make_platform: Callable[[], Platform], tmp_path_factory: pytest.TempPathFactory) -> Filled:
    platform = make_platform()
    platform.folder = tmp_path_factory.mktemp("defs")
    shutil.copytree(DEFS / "retail", platform.folder / "retail")
    defs = yaml.safe_load((DEFS / "retail" / "defs.yaml").read_text(encoding="utf-8"))
    domain = defs["attributes"]
    domain |= {"segmentations": domain["segmentations"][:1], "combinations": [], "programmes": []}
    domain.pop("warehouse")  # it names columns of segmentations that are not here
    domain["segmentations"][0] |= {"k": [3, 4], "algorithms": ["kmeans"]}
    domain["recommendations"] |= {"horizon_months": 1, "held_out": 0.2}
    (platform.folder / "retail" / "defs.yaml").write_text(yaml.safe_dump(defs, sort_keys=False), encoding="utf-8")
    write_retail_drop(platform.landing, customers=150, months=4, seed=5)
    # In the last night of February: its lists are there when the months begin in which it is seen what they bring.
    assert platform.refresh(DECEMBER, FEBRUARY, published=False, **{AS_OF_TAG: LAST_NIGHT}).succeeded
    _publish(platform, FEBRUARY)
    book = platform.root / "lake" / "retail" / "published" / "recomendacoes_por_cliente" / "2011-02.xlsx"
    pairs, lines = _fill_in(book, platform.landing / FEEDBACK / "vendas.xlsx")
    return Filled(platform, platform.refresh(MARCH, published=False), book, pairs, lines)


def _publish(platform: Platform, month: date) -> None:
    job = dg.define_asset_job(
        "list_alone", dg.AssetSelection.assets(["retail", "published", "recomendacoes_por_cliente"])
    )
    definitions = dg.Definitions.merge(platform.definitions, dg.Definitions(jobs=[job]))
    job = definitions.resolve_job_def("list_alone")
    assert job.execute_in_process(instance=platform.instance, partition_key=month.isoformat()).success


def _fill_in(book: Path, to: Path) -> tuple[dict[str, tuple[str, str]], int]:
    """Answers some lines as a seller does; adds strangers and an answer that differs from another of the same day."""
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Recomendações"]
    at = {cell.value: cell.column for cell in sheet[1]}
    answers: list[tuple[str, Any, str | None]] = [
        *(("won", OFFERED, "ganho"), ("refused", OFFERED, "Recusado "), ("not_fit", OFFERED, "não serve")),
        *(("lost", OFFERED, "perdido"), ("odd", OFFERED, "talvez"), ("undated", None, "ganho")),
        *(("unanswered", OFFERED, None), ("twice", OFFERED, "ganho")),
    ]
    pairs = {}
    for row, (name, day, answer) in enumerate(answers, start=2):
        sheet.cell(row, at["Oferecido em"]).value = day
        sheet.cell(row, at["Resultado"]).value = answer
        pairs[name] = (sheet.cell(row, at["Cliente"]).value, sheet.cell(row, at["Código do item"]).value)
    lines = sheet.max_row - 1
    for customer, item, answer in (("ghost", pairs["won"][1], "ganho"), (pairs["won"][0], "nothing", "ganho")):
        _append(sheet, at, customer, item, answer)
    _append(sheet, at, *pairs["twice"], "recusado")
    _append(sheet, at, *pairs["refused"], "recusado")  # the same answer in a line of another workbook
    to.parent.mkdir(parents=True)
    workbook.save(to)
    return pairs, lines


def _append(sheet: Any, at: dict[str, int], customer: str, item: str, answer: str) -> None:
    row = sheet.max_row + 1
    for name, value in (
        ("Cliente", customer),
        ("Código do item", item),
        ("Oferecido em", OFFERED),
        ("Resultado", answer),
    ):
        sheet.cell(row, at[name]).value = value


def _owned(filled: Filled) -> set[tuple[str, str]]:
    rows = filled.platform.table("gold", "items_owned", MARCH).to_pylist()
    return {(row["customer_id"], row["item_id"]) for row in rows}


def test_the_published_list_has_empty_columns_that_offer_the_words_to_fill_in(filled: Filled) -> None:
    sheet = openpyxl.load_workbook(filled.book)["Recomendações"]
    labels = [cell.value for cell in sheet[1]]
    assert labels[-2:] == ["Oferecido em", "Resultado"]
    assert {cell.value for cell in sheet[2]} >= {None}
    (choice,) = sheet.data_validations.dataValidation
    assert choice.formula1 == '"ganho,perdido,recusado,não serve"'
    assert (
        str(choice.sqref)
        == f"{sheet.cell(2, len(labels)).coordinate}:{sheet.cell(filled.lines + 1, len(labels)).coordinate}"
    )


def test_every_line_of_the_file_is_kept_refused_or_counted_as_not_filled_in(filled: Filled) -> None:
    silver = filled.platform.table("silver", FEEDBACK, MARCH).to_pylist()
    assert sorted((row["customer_id"], row["item_id"], row["outcome"]) for row in silver) == sorted(
        [
            *((*filled.pairs[name], name) for name in ("won", "refused", "not_fit", "lost")),
            *((*filled.pairs["twice"], outcome) for outcome in ("won", "refused")),
            ("ghost", filled.pairs["won"][1], "won"),
            (filled.pairs["won"][0], "nothing", "won"),
        ]
    )
    held = filled.platform.table("quarantine", FEEDBACK, MARCH).to_pylist()
    reasons = [((row["Cliente"], row["Resultado"]), row["_reasons"]) for row in held]
    assert {said: found for said, found in reasons if said[1] in ("talvez", None)} == {
        (filled.pairs["odd"][0], "talvez"): [
            "outcome: must be present",
            "answer: must be one of ganho, perdido, recusado, não serve, nao serve, found talvez",
        ],
        (filled.pairs["unanswered"][0], None): ["outcome: must be present"],
    }
    again = [found for (_, answer), found in reasons if (answer or "").strip().lower() == "recusado"]
    assert again == [["customer_id, item_id, offered_at, outcome: superseded by the row with a later offered_at"]]
    # The blocking check rows_accounted_for passed, or the month would have none of what follows.
    landed = filled.platform.table("bronze", FEEDBACK, MARCH).num_rows
    assert filled.done.succeeded
    assert landed == filled.lines + 4
    assert landed - len(silver) - len(held) == filled.lines - 8, "lines that nobody filled in"


def test_what_was_refused_or_won_is_not_listed_again_and_is_counted(filled: Filled) -> None:
    lists = filled.platform.table("gold", "recommendations", MARCH).to_pylist()
    listed = {(row["customer_id"], row["item_id"]) for row in lists}
    assert not listed & {filled.pairs[name] for name in ("won", "refused", "not_fit", "lost", "twice")}
    left = filled.platform.table("gold", "recommendations_left_out", MARCH).to_pylist()
    (cooling,) = (row for row in left if row["reason"] == "oferecido há pouco")
    owned = {
        (row["customer_id"], row["item_id"]) for row in filled.platform.table("gold", "items_owned", MARCH).to_pylist()
    }
    bought = {filled.pairs[name] for name in ("won", "refused", "not_fit", "lost", "twice")} & owned
    assert cooling["pairs"] == 5 - len(bought)


def test_acceptance_counts_what_was_on_the_list_apart_and_strangers_are_told(filled: Filled) -> None:
    rows = filled.platform.table("gold", "recommendation_acceptance", MARCH).to_pylist()
    whole = {row["listed"]: row for row in rows if row["segment"] == ""}
    # Of the two answers of one day the one counts that holds the item back longer; strangers count nowhere.
    assert [whole[True][name] for name in ("offers", "won", "lost", "refused", "not_fit")] == [5, 1, 1, 2, 1]
    assert set(whole) == {True}
    warned = [words for words in filled.done.warnings if "answers_are_of_known_customers_and_items" in words]
    assert len(warned) == 1
    assert "1 answers of 1 unknown customers and" in warned[0]
    assert "ghost" not in warned[0]  # a code is said to nobody who may not see customers
    assert "1 answers of 1 unknown items, such as 'nothing'" in warned[0]
    assert "1 answers that differ from another of the same day" in warned[0]


def test_who_is_held_out_has_a_list_that_nobody_is_given(filled: Filled) -> None:
    given, kept = (
        {row["customer_id"] for row in filled.platform.table("gold", name, MARCH).to_pylist()}
        for name in ("recommendations", "recommendations_held_out")
    )
    everyone = sorted(given | kept)
    assert kept == held_out(everyone, 0.2, "retail")
    assert not given & kept
    sheet = openpyxl.load_workbook(filled.book)["Recomendações"]
    published = {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert not published & kept


def test_the_lift_is_that_of_counting_who_adopted_anything_among_all_who_were_customers(filled: Filled) -> None:
    (row,) = filled.platform.table("gold", "recommendation_lift", MARCH).to_pylist()
    before = filled.platform.table("gold", "items_owned", FEBRUARY).to_pylist()
    new = _owned(filled) - {(r["customer_id"], r["item_id"]) for r in before}
    put = filled.platform.table("gold", "segments", FEBRUARY).to_pylist()
    everyone = sorted({r["customer_id"] for r in put if r["segmentation"] == "value"})
    adopters = {customer for customer, _ in new}
    out = {each: each in held_out([each], 0.2, "retail") for each in everyone}
    for prefix, kept in (("", False), ("held_out_", True)):
        assert row[f"{prefix}customers"] == sum(out[each] == kept for each in everyone)
        assert row[f"{prefix}adopters"] == sum(out[each] == kept for each in everyone if each in adopters)
    assert row["lift"] == pytest.approx(row["share"] - row["held_out_share"])
    assert row["lift_low"] < row["lift"] < row["lift_high"]
    assert row["listed_month"] == FEBRUARY
    (young,) = filled.platform.table("gold", "recommendation_lift", DECEMBER).to_pylist()
    assert young["lift"] is None
    assert young["reason"] == "As listas ainda não têm 1 meses."


def test_expected_value_is_probability_by_ticket_and_opportunities_add_it_up(filled: Filled) -> None:
    lines = [
        row
        for name in ("recommendations", "recommendations_held_out")
        for row in filled.platform.table("gold", name, MARCH).to_pylist()
    ]
    valued = [row for row in lines if row["expected_value"] is not None]
    assert valued
    assert all(row["expected_value"] == pytest.approx(row["probability"] * row["ticket"]) for row in valued)
    open_to = filled.platform.table("gold", "recommendation_opportunities", MARCH).to_pylist()
    assert sum(row["expected_value"] or 0 for row in open_to) == pytest.approx(sum(r["expected_value"] for r in valued))
    assert sum(row["recommended_to"] for row in open_to) == len(lines)
    for row in open_to:
        assert row["owners"] + row["may_buy"] <= row["customers"]
        assert row["potential"] is None or row["potential"] == pytest.approx(row["may_buy"] * row["ticket"])
