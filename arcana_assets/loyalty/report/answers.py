"""The nine answers of a loyalty programme, for business people: sentences and small tables from gold tables.

Belongs here: which sentence holds, and what must not be said. Does not belong here: the words (the texts), the figures
(`programme`, `forecast`, `proof`, `report.actions`), how a page looks (`exports.pages`).
"""

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.forecast.revenue import model_in_words, skill
from arcana_assets.loyalty.report.findings import Findings
from arcana_assets.loyalty.report.guarantee import guarantee
from arcana_assets.presentation.language import Language
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.presentation.values import months

_TOLD = 6  # columns that set members apart


@dataclass(frozen=True)
class Answer:
    """One answer: its sentences and the table behind it (texts, as they are shown; headers are its columns)."""

    number: int
    question: str
    text: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def row(self) -> dict[str, Any]:
        """The answer as a row of `loyalty_report`, its table as JSON."""
        table = json.dumps(self.table.to_dict("split", index=False), ensure_ascii=False)
        return {"number": self.number, "question": self.question, "answer": self.text, "table": table}


def questions(language: Language) -> tuple[str, ...]:
    """The nine questions, in their order."""
    return language.words("programme.questions")


def answers(found: Findings) -> list[Answer]:
    """The nine answers, in their order and in the language of the findings."""
    says = (
        *(_eligible, _how_many, _what_like, _share, _expected),
        *(_entry, _exit, guarantee, _what_to_do),
    )
    return [
        Answer(place, question, *say(found))
        for place, (question, say) in enumerate(zip(questions(found.language), says, strict=True), start=1)
    ]


def markdown(title: str, told: list[Answer]) -> str:
    """The answers as one page of Markdown."""
    blocks = [f"# {title}"]
    for answer in told:
        blocks += [f"## {answer.number}. {answer.question}", answer.text]
        if len(answer.table):
            blocks.append(markdown_table(list(answer.table.columns), answer.table.values.tolist()))
    return "\n\n".join(blocks)


def _eligible(found: Findings) -> tuple[str, pd.DataFrame]:
    say, count = found.language.say, found.language.count
    counts = dict(zip(found.eligibility["reason"], found.eligibility["customers"], strict=True))
    total = sum(counts.values())
    if not total:
        return say("programme.eligible.nobody"), pd.DataFrame()
    rules = ", ".join(_quoted(found, rule.reason) for rule in found.programme.exclude)
    text = say(
        f"programme.eligible.{'but' if rules else 'all'}",
        able=count(found.now.get("eligible", 0)),
        total=count(total),
        who=say(f"programme.eligible.{'bought' if found.goods else 'paid'}", n=found.lookback),
        rules=rules,
    )
    rows = [
        (reason, count(customers), found.language.percent(customers / total)) for reason, customers in counts.items()
    ]
    return text, _table(found, "programme.eligible.columns", rows)


def _how_many(found: Findings) -> tuple[str, pd.DataFrame]:
    now, language = found.now, found.language
    if not now or not now["members"]:
        note = f" {now['note']}" if now and isinstance(now.get("note"), str) else ""
        return f"{language.say('programme.how_many.none')}{note}", pd.DataFrame()
    names = ("members", "entered", "left", "at_risk", "candidates")
    counts = {name: language.count(now[name]) for name in names}
    share = language.percent(now["members"] / max(now["customers"], 1))
    text = language.say("programme.how_many.text", share=share, **counts)
    rows = [
        (
            language.short_month(row["month"]),
            *(language.count(row[name]) for name in names),
            language.percent(row["revenue_share"]) if pd.notna(row["revenue_share"]) else "",
        )
        for row in found.summary[found.summary["members"] > 0].sort_values("month").tail(13).to_dict("records")
    ]
    return text, _table(found, "programme.how_many.columns", rows)


def _what_like(found: Findings) -> tuple[str, pd.DataFrame]:
    mine, language = found.profile.head(_TOLD), found.language
    if mine.empty:
        return language.say("programme.what_like.none"), pd.DataFrame()
    first = mine.iloc[0]
    rows = [
        (row["label"], *(found.said(row["column"], row[group]) for group in ("members", "rest")))
        for row in mine.to_dict("records")
    ]
    label, ours, others = rows[0]
    text = language.say(
        f"programme.what_like.{'more' if first['apart'] > 0 else 'less'}",
        label=label,
        ours=ours,
        others=others,
        share=language.percent((1 + abs(first["apart"])) / 2, 0),
    )
    return text, _table(found, "programme.what_like.columns", rows)


def _share(found: Findings) -> tuple[str, pd.DataFrame]:
    now, language = found.now, found.language
    if not now or not now["members"] or pd.isna(now["revenue_share"]):
        return language.say("programme.share.none"), pd.DataFrame()
    others = (now["revenue"] - now["members_revenue"]) / max(now["customers"] - now["members"], 1)
    text = language.say(
        "programme.share.text",
        share=language.percent(now["revenue_share"]),
        n=found.lookback,
        ours=found.money(now["members_revenue"]),
        all=found.money(now["revenue"]),
        customers=language.percent(now["members"] / max(now["customers"], 1)),
        each=found.money(now["members_revenue"] / now["members"]),
        each_other=found.money(others),
    )
    return text, pd.DataFrame()


def _expected(found: Findings) -> tuple[str, pd.DataFrame]:
    language, say = found.language, found.language.say
    mine = found.forecast[found.forecast["serves"].astype("boolean").fillna(False)].sort_values(["group", "horizon"])
    if mine.empty:
        return say("programme.expected.none"), pd.DataFrame()
    rows, told = [], []
    for row in mine.to_dict("records"):
        known = pd.notna(row["coverage"])
        coverage = language.percent(row["coverage"], 0) if known else say("programme.expected.unmeasured")
        ends = _span(found, *(language.number(row[name], 0) for name in ("low", "high")))
        horizon, model = months(row["horizon"], language), model_in_words(language, row["model"])
        key = f"programme.groups.{row['group']}"
        group = say(key) if language.knows(key) else row["group"]
        tested = language.count(row["hold_out_months"])
        if pd.notna(row["note"]):
            rows.append((group, horizon, row["note"], "", model, tested, coverage))
            continue
        rows.append((group, horizon, found.money(row["forecast"]), ends, model, tested, coverage))
        if row["group"] == "members":
            money = found.money(row["forecast"])
            told.append(say("programme.expected.horizon", money=money, horizon=horizon, ends=ends))
    until = language.short_month(shifted(mine["made_in"].iloc[0], int(mine["horizon"].max())))
    whole = (
        say("programme.expected.text", month=until, told="; ".join(told)) if told else say("programme.expected.untold")
    )
    sentences = [whole, *_how_good(found)]
    sentences.append(say("programme.expected.newcomers"))
    unsaid = found.forecast["note"].notna() & found.forecast["forecast"].isna()
    silent = found.forecast[unsaid][["model", "note"]].drop_duplicates()
    for row in silent.to_dict("records"):
        model = model_in_words(language, row["model"])
        sentences.append(say("programme.expected.silent", model=model, note=row["note"]))
    return " ".join(sentences), _table(found, "programme.expected.columns", rows)


def _how_good(found: Findings) -> Iterator[str]:
    """What came of the forecasts that served so far, beside those of the last period."""
    told, language = found.results, found.language
    served = told[told["served"].astype("boolean").fillna(False)]
    if served.empty:
        yield language.say("programme.expected.no_results")
        return
    compared = skill(told)
    covered = served["covered"].dropna().astype("float64")
    yield language.say("programme.expected.results", n=len(served))
    if compared:
        error, repeated, many = compared
        yield language.say(
            "programme.expected.compared",
            many=many,
            error=language.percent(error, 0),
            repeated=language.percent(repeated, 0),
            gain=_gain(language, error, repeated),
        )
    if len(covered):
        yield language.say("programme.expected.covered", share=language.percent(float(covered.mean()), 0))


def _gain(language: Language, error: float, repeated: float) -> str:
    """The skill of forecasts: the part of the error of repeating the last period that they save."""
    if not repeated > 0:
        return language.say("programme.expected.nothing_to_gain")
    gained = 1 - error / repeated
    how = "no_gain" if round(gained, 2) == 0 else "gain" if gained > 0 else "loss"
    return language.say(f"programme.expected.{how}", share=language.percent(abs(round(gained, 2)), 0))


def _entry(found: Findings) -> tuple[str, pd.DataFrame]:
    now, say = found.now, found.language.say
    if found.conditions.empty:
        note = now.get("note") if now else None
        return say("programme.entry.none", note=note if isinstance(note, str) else "").strip(), pd.DataFrame()
    text = say("programme.entry.text", conditions="; ".join(found.conditions["enter_words"])) + " "
    if isinstance(now.get("note"), str):
        text += now["note"]
    if pd.notna(now.get("f1")) and isinstance(now.get("segment"), str):
        text += " " + say("programme.entry.segment", segment=now["segment"], agreement=_agreement(found, now))
    rows = [(row["enter_words"], row["keep_words"]) for row in found.conditions.to_dict("records")]
    return text, _table(found, "programme.entry.columns", rows)


def _agreement(found: Findings, now: Mapping[str, Any]) -> str:
    """How well the conditions and the segment agree."""
    language = found.language
    if pd.isna(now["precision"]):
        return language.say("programme.entry.nobody")
    shares = {name: language.percent(now[name], 0) for name in ("precision", "recall")}
    return language.say("programme.entry.agreement", **shares, f1=language.number(now["f1"], 2))


def _exit(found: Findings) -> tuple[str, pd.DataFrame]:
    say, grace = found.language.say, found.programme.grace_months
    if found.conditions.empty:
        return say("programme.exit.none"), pd.DataFrame()
    after = say("programme.exit.after", months=months(grace, found.language)) if grace else ""
    text = say(
        f"programme.exit.{'bought' if found.goods else 'paid'}",
        conditions="; ".join(found.conditions["keep_words"]),
        when=after or say("programme.exit.at_once"),
        n=found.lookback,
        rules=say("programme.exit.rules") if found.programme.exclude else "",
    )
    return text, pd.DataFrame()


def _what_to_do(found: Findings) -> tuple[str, pd.DataFrame]:
    mine, language = found.actions, found.language
    if mine.empty:
        return language.say("programme.actions.none"), pd.DataFrame()
    told = []
    for row in mine.to_dict("records"):
        size = f"{language.count(row['customers'])} {row['group']}"
        told.append(f"{_quoted(found, row['title'])} ({', '.join(filter(None, [size, _stake(found, row)]))})")
    text = language.say("programme.actions.text", groups="; ".join(told))
    rows = [
        (
            *(row["title"], row["group"], language.count(row["customers"])),
            *(_stake(found, row), row["stake_words"], row["what_to_do"]),
        )
        for row in mine.to_dict("records")
    ]
    return text, _table(found, "programme.actions.columns", rows)


def _stake(found: Findings, row: Mapping[Hashable, Any]) -> str:
    """The money at stake, and at most where it is a forecast; nothing where it is not known."""
    if pd.isna(row["at_stake"]):
        return ""
    money, most = found.money(row["at_stake"]), row["at_stake_up_to"]
    if pd.isna(most):
        return money
    return found.language.say("programme.actions.up_to", money=money, most=found.language.number(most, 0))


def _quoted(found: Findings, words: str) -> str:
    return found.language.say("programme.quoted", words=words)


def _span(found: Findings, low: str, high: str) -> str:
    return found.language.say("programme.span", low=low, high=high)


def _table(found: Findings, key: str, rows: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    """Rows under the headers of the language."""
    return pd.DataFrame(rows, columns=list(found.language.words(key)))
