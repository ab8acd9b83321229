"""Where the data come from, and how good they are: the first two sections of the page.

Belongs here: their sentences and tables, and what was done about each finding. Does not belong here: the other sections
(`shape`).
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from arcana_assets.exports.pages import Section
from arcana_assets.profile.finding import aside, by_source, summed, told_of_rows
from arcana_assets.profile.report.said import Month, Row, detail
from arcana_assets.profile.tables import ENOUGH, MOVED

_LINES = 25  # of a table


def origin(found: Month) -> list[Section]:
    """Where the data come from: rows by source, and how much of them is of known customers."""
    say, count, percent = found.say, found.language.count, found.language.percent
    sources, heading = by_source(found.of("rows")), say("profiling.origin.heading")
    if not sources:
        return [Section(heading, say("profiling.origin.nothing"))]
    total = summed(sources)
    text = say(
        "profiling.origin.said",
        rows=say("profiling.origin.rows", n=total["landed"]),
        files=say("profiling.origin.files", n=total["files"]),
        sources=say("profiling.origin.sources", n=len(sources)),
        accepted=percent(total["accepted"] / total["landed"]),
        refused=percent(total["refused"] / total["landed"]),
        aside=aside(total, found.language),
        doubled=percent(total["doubled"] / total["landed"]),
    )
    if silent := [name for name in found.domain.sources if name not in sources]:
        text += "\n" + say("profiling.origin.silent", names=", ".join(silent))
    items = told_of_rows(total)
    lines = [
        (
            name,
            count(of["files"]),
            *(count(of[item]) for item in items),
            percent(of["refused"] / of["landed"]),
        )
        for name, of in sources.items()
    ]
    header = found.header("source", "files", *items, "refused_share")
    return [Section(heading, text, header, lines), *_coverage(found)]


def _coverage(found: Month) -> list[Section]:
    say, count, percent, sections = found.say, found.language.count, found.language.percent, list[Section]()
    if unknown := [row for row in found.of("coverage", "unknown") if row["share"] is not None]:
        row = unknown[0]
        told = {"share": percent(row["share"]), "lines": count(row["value"]), "of": count(row["n"])}
        sections.append(Section("", say("profiling.origin.no_customer", **told)))
    known = [row for row in found.of("coverage", "customers") if row["n"]]
    if known:
        strangers = {row["part"]: row for row in found.of("coverage", "strangers")}
        few = [row for row in known if (row["share"] or 0) < 0.5]
        lost = sum(row["value"] or 0 for row in strangers.values())
        text = say(
            "profiling.origin.coverage",
            few=say("profiling.origin.few", n=len(few)),
            customers=count(known[0]["n"]),
            lost=say("profiling.origin.lost", n=int(lost)),
        )
        lines = [
            (
                *(row["part"], count(row["value"]), percent(row["share"])),
                count(strangers[row["part"]]["value"]) if row["part"] in strangers else "",
            )
            for row in sorted(known, key=lambda row: (-(row["share"] or 0), row["part"]))
        ]
        header = found.header("source", "customers_in_month", "listed", "strangers")
        sections.append(Section("", text, header, lines))
    return sections


def quality(found: Month) -> list[Section]:
    """Quality: refusals with examples, gaps, values that lack, values far away, columns that moved."""
    return [_refused(found), *_days(found), *_spellings(found), _columns(found), *_outlying(found), _moved(found)]


def _refused(found: Month) -> Section:
    say, count, percent = found.say, found.language.count, found.language.percent
    refused = sorted(found.of("refused"), key=lambda row: (-row["value"], row["part"], row["item"]))
    if not refused:
        return Section(say("profiling.quality.heading"), say("profiling.quality.nothing_refused"))
    first = refused[0]
    text = say(
        "profiling.quality.refused",
        told=percent(first["share"]) if first["share"] is not None else count(first["value"]),
        source=first["part"],
        rule=first["item"],
        rows=say("profiling.quality.refused_rows", n=int(first["value"])),
    )
    lines = [
        (row["part"], row["item"], count(row["value"]), percent(row["share"] or 0), _example(found, row))
        for row in refused[:_LINES]
    ]
    header = found.header("source", "rule", "rows", "share", "example")
    return Section(say("profiling.quality.heading"), text, header, lines)


def _example(found: Month, row: Row) -> str:
    examples = detail(row) or []
    if not examples:
        return ""
    one = dict(examples[0])
    file, line = one.pop("file"), one.pop("line")
    place = file if line is None else found.say("profiling.quality.line", file=file, line=str(line))
    return f"{place}: " + "; ".join(f"{name} = {value}" for name, value in one.items() if value not in (None, ""))


def _days(found: Month) -> list[Section]:
    # A source with rows on less than half of the days is none of every day: a bill comes once a month.
    say, count = found.say, found.language.count
    daily = [row for row in found.of("days") if row["share"] <= 0.5]
    rows = [row for row in daily if row["value"]]
    if not daily:
        return []
    if not rows:
        return [Section("", say("profiling.quality.every_day"))]
    worst = max(rows, key=lambda row: (row["share"], row["part"]))
    text = say(
        "profiling.quality.gaps",
        source=worst["part"],
        lacking=count(worst["value"]),
        days=say("profiling.quality.days", n=int(worst["n"])),
        which=_which(found, detail(worst)),
    )
    lines = [
        (row["part"], count(row["value"]), count(row["n"]), _spelled(found, detail(row)))
        for row in sorted(rows, key=lambda row: (-row["value"], row["part"]))
    ]
    return [Section("", text, found.header("source", "days_without", "of", "which"), lines)]


def _which(found: Month, days: Sequence[str]) -> str:
    weekdays = {date.fromisoformat(day).weekday() for day in days}
    if len(weekdays) != 1 or len(days) == 1:
        return ""
    return found.say(
        "profiling.quality.all_of", weekdays=found.language.words("profiling.quality.weekdays")[weekdays.pop()]
    )


def _spelled(found: Month, days: Sequence[str]) -> str:
    """`1, 5 to 8, 31`: days of the month, in runs."""
    numbers = [date.fromisoformat(day).day for day in days]
    runs = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        mine = [day for _, day in run]
        runs.append(
            str(mine[0]) if len(mine) == 1 else found.say("profiling.quality.run", first=mine[0], last=mine[-1])
        )
    return ", ".join(runs)


def _spellings(found: Month) -> list[Section]:
    say, rows = found.say, [row for row in found.of("spellings") if row["value"]]
    if not rows:
        return []
    row = rows[0]
    codes, groups = (
        say("profiling.quality.codes", n=int(row["value"])),
        say("profiling.quality.groups", n=detail(row)["groups"]),
    )
    return [Section("", say("profiling.quality.spellings", codes=codes, groups=groups))]


def _columns(found: Month) -> Section:
    """Values that lack in silver: the columns with the largest shares, and those that say one thing only."""
    say, count, percent = found.say, found.language.count, found.language.percent
    silver = [row for row in found.columns if row["layer"] == "silver" and row["rows"]]
    lacking = [row for row in silver if row["missing"] + (row["blank"] or 0)]
    lacking.sort(key=lambda row: (-(row["missing"] + (row["blank"] or 0)) / row["rows"], row["table"], row["column"]))
    constant = [row for row in silver if row["distinct"] == 1 and not row["missing"] and row["rows"] > 1]
    empty = [row for row in lacking if row["missing"] == row["rows"]]
    said = [say("profiling.quality.lacking", n=len(lacking)) if lacking else say("profiling.quality.nothing_lacks")]
    if empty:
        said.append(say("profiling.quality.empty", n=len(empty)))
    if constant:
        said.append(say("profiling.quality.constant", n=len(constant)))
    text = say("profiling.quality.columns", said="; ".join(said))
    partly = [row for row in lacking if row not in empty][:_LINES]
    lines = [
        (
            *(row["table"], row["column"], count(row["rows"]), percent(row["missing"] / row["rows"])),
            *("" if row["blank"] is None else percent(row["blank"] / row["rows"]), count(row["distinct"])),
        )
        for row in partly
    ]
    if empty:
        names, more = ", ".join(f"{row['table']}.{row['column']}" for row in empty[:_LINES]), len(empty) - _LINES
        told = (
            say("profiling.quality.empty_more", names=names, more=more)
            if more > 0
            else say("profiling.quality.empty_ones", names=names)
        )
        text += f"\n{told}"
    header = found.header("table", "column", "rows", "missing", "blank", "distinct")
    return Section("", text, header if lines else (), lines)


def _outlying(found: Month) -> list[Section]:
    """Values far from the median, by the robust deviation of the month: the columns with the largest shares."""
    say, count, percent = found.say, found.language.count, found.language.percent
    known = [row for row in found.columns if row["mad"] is not None and row["rows"] > row["missing"]]
    share = {id(row): row["outlying"] / (row["rows"] - row["missing"]) for row in known}
    rows = sorted(
        (row for row in known if row["outlying"]), key=lambda row: (-share[id(row)], row["table"], row["column"])
    )
    if not rows:
        return []
    first = rows[0]
    text = say(
        "profiling.quality.outlying",
        far=say("profiling.quality.far", n=len(rows)),
        column=f"{first['table']}.{first['column']}",
        share=percent(share[id(first)]),
        times=found.language.number(5.2, 1),
    )
    lines = [
        (
            *(row["table"], row["column"], count(row["outlying"]), percent(share[id(row)])),
            *(found.written(row[name]) for name in ("median", "mad", "minimum", "maximum")),
        )
        for row in rows[:_LINES]
    ]
    header = found.header("table", "column", "far", "share", "median", "mad", "minimum", "maximum")
    return [Section("", text, header, lines)]


def _moved(found: Month) -> Section:
    say, number = found.say, found.language.number
    known = [
        row for row in found.columns if row["psi"] is not None and row["layer"] == "silver" and row["rows"] >= ENOUGH
    ]
    if not known:
        return Section("", say("profiling.quality.nothing_before"))
    moved = sorted((row for row in known if row["psi"] > MOVED), key=lambda row: (-row["psi"], row["column"]))
    text = say(
        "profiling.quality.moved",
        compared=say("profiling.quality.compared", n=len(known)),
        moved=say("profiling.quality.moved_ones", n=len(moved)) if moved else say("profiling.quality.none_moved"),
        psi=number(MOVED),
    )
    if moved:
        text += "\n" + say("profiling.quality.to_do")
    before = {(row["layer"], row["table"], row["column"]): row for row in found.before}
    lines = [
        (
            *(row["table"], row["column"], number(row["psi"], 2)),
            *(
                found.written(of.get("median"))
                for of in (before.get((row["layer"], row["table"], row["column"]), {}), row)
            ),
        )
        for row in moved[:_LINES]
    ]
    header = [*found.header("table", "column"), "PSI", *found.header("median_before", "median")]
    return Section("", text, header if lines else (), lines)
