"""Movement: what is said to business people of the moves of a month and of the features that drifted.

Belongs here: sentences and tables, from rows already computed. Does not belong here: counting the moves
(`migration`), measuring drift (`customer_360.drift`), checks (`assets`).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

import pandas as pd

from arcana_assets.customer_360.drift import NOT_NOW, note_of
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.presentation.markdown import markdown_table

JUMP = 0.1  # of all customers, in either direction
Limits = Mapping[str, Mapping[str, tuple[float, float]]]


def shares(moves: pd.DataFrame, language: Language = DEFAULT) -> pd.DataFrame:
    """The share of each persona, a row a month, segmentation and persona, in that order.

    Takes the rows of `migration.segment_migration`. Returns month, segmentation, persona, share_before (of
    the customers of the month before; missing where there were none) and share_now (likewise), 0 for a persona that no
    segment has.
    """
    named = _named(moves, language)
    found = {}
    for side, share in (("from", "share_before"), ("to", "share_now")):
        there = named[named[f"{side}_segment_id"].notna()].rename(columns={side: "persona"})
        sizes = there.groupby(["month", "segmentation", "persona"])["customers"].sum()
        found[share] = sizes / sizes.groupby(["month", "segmentation"]).transform("sum")
    table = pd.DataFrame(found).sort_index().reset_index()
    for share in found:
        known = table.groupby(["month", "segmentation"])[share].transform("count") > 0
        table[share] = table[share].astype("float64").mask(known & table[share].isna(), 0.0)
    return table


def outside_limits(moves: pd.DataFrame, limits: Limits, language: Language = DEFAULT) -> list[str]:
    """A sentence for each persona whose share lies outside its limits, or which no segment of the month is called.

    Takes the moves and, by segmentation and persona, the least and the largest share of the customers, 0 to 1. A
    persona is said with its number (`01-VIPs`) or without (`VIPs`).
    """
    return [
        sentence
        for month, name, rows in _by_month(shares(moves, language), "share_now")
        for persona, (least, most) in limits.get(name, {}).items()
        if (sentence := _outside(f"{month:%Y-%m}, {name}", rows, persona, least, most, language))
    ]


def jumps(moves: pd.DataFrame, language: Language = DEFAULT) -> list[str]:
    """A sentence for each persona whose share has changed by more than 10 percentage points since the month before.

    It says where most of those who came were before, or where most of those who went are now. Months without a month
    before have none.
    """
    table, named = shares(moves, language), _named(moves, language)
    sentences = []
    for month, name, rows in _by_month(table.dropna(subset=["share_before"]), "share_now"):
        cells = named[(named["month"] == month) & (named["segmentation"] == name) & (named["from"] != named["to"])]
        for row in rows.to_dict("records"):
            before, now = row["share_before"], row["share_now"]
            # Rounded, since 0.4 - 0.3 is more than 0.1.
            if abs(round(now - before, 9)) > JUMP:
                key = "segmentation.moves.grew" if now > before else "segmentation.moves.shrank"
                told = {"before": language.percent(before), "now": language.percent(now)}
                sentences.append(
                    f"{month:%Y-%m}, {name}: {language.say(key, persona=row['persona'], **told)}; "
                    + _movers(cells, row["persona"], bool(now > before), language)
                )
    return sentences


def largest_moves(moves: pd.DataFrame, most: int = 12, language: Language = DEFAULT) -> str:
    """The largest moves of the last month as a Markdown table: segmentation, from, to, customers, value, due to what.

    Who stayed is no move; of each segmentation the `most` largest are shown.
    """
    if moves.empty:
        return language.say("segmentation.moves.nobody")
    named, count = _named(moves, language), language.count
    last = named[(named["month"] == named["month"].max()) & (named["from"] != named["to"])]
    ordered = last.sort_values(["segmentation", "customers", "from", "to"], ascending=[True, False, True, True])
    rows = [
        (
            row["segmentation"],
            row["from"],
            row["to"],
            count(row["customers"]),
            "" if pd.isna(row["value"]) else language.number(row["value"]),
            count(row["by_behaviour"]),
            count(row["by_model"]),
        )
        for row in ordered.groupby("segmentation").head(most).to_dict("records")
    ]
    if not rows:
        return language.say("segmentation.moves.nobody_moved")
    return markdown_table(language.words("segmentation.moves.columns"), rows)


def drifted_features(drifts: pd.DataFrame, limits: Mapping[str, float], language: Language = DEFAULT) -> list[str]:
    """A sentence for each feature that drifted, and for each that a model needs and the month does not have.

    Takes rows of `customer_360.drift.drift` with month, segmentation and drifted, and the limit of the PSI by
    segmentation.
    """
    rows = drifts.sort_values(["month", "segmentation"], kind="stable").to_dict("records")
    gone = note_of(NOT_NOW, language)
    is_gone = language.say("segmentation.drift.is_gone", note=gone)
    return [
        f"{row['month']:%Y-%m}, {row['segmentation']}: {label_of(row['feature'], language)} ({row['feature']}) "
        + (is_gone if row["note"] == gone else _drifted(row, limits[row["segmentation"]], language))
        for row in rows
        if row["drifted"] or row["note"] == gone
    ]


def drift_table(drifts: pd.DataFrame, most: int = 15, language: Language = DEFAULT) -> str:
    """The drift of the last month as a Markdown table, of each segmentation the `most` features that moved furthest."""
    if drifts.empty:
        return language.say("segmentation.drift.no_model")
    last = drifts[drifts["month"] == drifts["month"].max()]
    ordered = last.sort_values(["segmentation", "psi", "feature"], ascending=[True, False, True])
    number = language.number
    return markdown_table(
        language.words("segmentation.drift.columns"),
        [
            (
                row["segmentation"],
                label_of(row["feature"], language),
                number(row["psi"], 2),
                number(row["ks"], 2),
                number(row["median_before"]),
                number(row["median_now"]),
                language.percent(row["missing_share_now"]),
                "" if pd.isna(row["note"]) else row["note"],
            )
            for row in ordered.groupby("segmentation").head(most).to_dict("records")
        ],
    )


def _drifted(row: Mapping[Any, Any], limit: float, language: Language) -> str:
    return language.say(
        "segmentation.drift.drifted",
        psi=language.number(row["psi"], 2),
        limit=language.number(limit, 2),
        before=language.number(row["median_before"]),
        now=language.number(row["median_now"]),
        missing_before=language.percent(row["missing_share_before"]),
        missing_now=language.percent(row["missing_share_now"]),
    )


def _named(moves: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The moves with what both ends are called as `from` and `to`."""
    ends, say = {}, language.say
    for side, nowhere in (("from", say("segmentation.moves.new")), ("to", say("segmentation.moves.left"))):
        ids, personas = moves[f"{side}_segment_id"], moves[f"{side}_persona"]
        ends[side] = [
            nowhere
            if pd.isna(each)
            else say("segmentation.moves.segment", id=str(int(each)))
            if pd.isna(persona)
            else persona
            for each, persona in zip(ids, personas, strict=True)
        ]
    return moves.assign(**{side: pd.Series(names, index=moves.index, dtype="object") for side, names in ends.items()})


def _by_month(table: pd.DataFrame, share: str) -> Iterator[tuple[date, str, pd.DataFrame]]:
    """Each month and segmentation in which the share is known, with its rows."""
    for key, rows in table.dropna(subset=[share]).groupby(["month", "segmentation"], sort=True):
        month, name = cast(tuple[date, str], key)
        yield month, name, rows


def _outside(where: str, rows: pd.DataFrame, persona: str, least: float, most: float, language: Language) -> str | None:
    there = rows[rows["share_now"] > 0]
    mine = there[[persona in (name, re.sub(r"^\d+-", "", name)) for name in there["persona"]]]
    if mine.empty and least <= 0:
        return None
    if mine.empty:
        known = ", ".join(map(repr, there["persona"]))
        return f"{where}: {language.say('segmentation.moves.not_called', persona=persona, there=known)}"
    share = round(float(mine["share_now"].sum()), 9)
    if least <= share <= most:
        return None
    key = "segmentation.moves.too_few" if share < least else "segmentation.moves.too_many"
    limit = language.percent(least if share < least else most)
    return f"{where}: {language.say(key, persona=persona, share=language.percent(share), limit=limit)}"


def _movers(cells: pd.DataFrame, persona: str, grew: bool, language: Language) -> str:
    say, (end, other) = language.say, ("to", "from") if grew else ("from", "to")
    mine = cells[cells[end] == persona].groupby(other)["customers"].sum()
    if mine.empty:
        return say("segmentation.moves.nobody_came") if grew else say("segmentation.moves.nobody_went")
    top = sorted(mine.items(), key=lambda each: (-each[1], str(each[0])))[0]
    told = {"n_moved": language.count(mine.sum()), "n_top": language.count(top[1])}
    if grew and str(top[0]) == say("segmentation.moves.new"):
        return say("segmentation.moves.came_new", **told)
    if not grew and str(top[0]) == say("segmentation.moves.left"):
        return say("segmentation.moves.went_left", **told)
    return say("segmentation.moves.came_from" if grew else "segmentation.moves.went_to", **told, other=str(top[0]))
