"""The guarantee: what the months after show of members, what they do not show, and what would.

Belongs here: the eighth answer of a programme. Does not belong here: the words (the texts), the statistics (`proof`).
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.proof.comparison import ALL, MATCHED
from arcana_assets.loyalty.report.findings import Findings
from arcana_assets.presentation.values import months

_BALANCED = 0.1  # standardised mean difference up to which matched groups count as alike (Stuart, 2010)
_SHARES = ("retention", "return_share")


def guarantee(found: Findings) -> tuple[str, pd.DataFrame]:
    """The sentences, and the table of all comparisons."""
    language, say, outcome_months = found.language, found.language.say, found.programme.outcome_months
    if found.proof.empty:
        return say("programme.guarantee.wait", months=months(outcome_months, language)), pd.DataFrame()
    then = found.proof["ledger_month"].iloc[0]
    ends = [language.short_month(shifted(then, step)) for step in (1, outcome_months)]
    rows = []
    for row in found.proof.to_dict("records"):
        of = _kind(found, row["measure"])
        known, least = pd.notna(row["low"]), 0.001
        p = f"< {language.number(least, 3)}" if row["p_adjusted"] < least else language.number(row["p_adjusted"], 3)
        rows.append(
            (
                _words(found, row["measure"]),
                say(f"programme.guarantee.others.{ALL if row['comparison'] == ALL else MATCHED}"),
                *(of(row["members_mean"]), of(row["others_mean"])),
                _range(found, row) if known else say("programme.guarantee.few"),
                p if known else "",
                f"{language.count(row['members'])} / {language.count(row['others'])}",
            )
        )
    text = say(
        "programme.guarantee.text",
        month=language.short_month(then),
        after=say("programme.span", low=ends[0], high=ends[1]),
        shown=_shown(found, ALL),
        pairs=_pairs(found),
        cause=_cause(found),
    )
    return text, pd.DataFrame(rows, columns=list(language.words("programme.guarantee.columns")))


def _shown(found: Findings, comparison: str) -> str:
    """What differs beyond chance in a comparison, and what does not."""
    say = found.language.say
    mine = found.proof[found.proof["comparison"] == comparison]
    known = mine[mine["p_adjusted"].notna()]
    if known.empty:
        return say(f"programme.guarantee.too_few.{comparison}")
    sure = known[known["beyond_chance"]]
    unsure = known[~known.index.isin(sure.index)]
    parts = []
    for row in sure.to_dict("records"):
        of, words = _kind(found, row["measure"]), _words(found, row["measure"]).lower()
        ours, theirs = of(row["members_mean"]), of(row["others_mean"])
        parts.append(say("programme.guarantee.part", measure=words, ours=ours, theirs=theirs))
    told = "; ".join(parts) or say("programme.guarantee.chance")
    text = say(f"programme.guarantee.against.{comparison}", parts=told)
    if len(unsure) and parts:
        names = [_words(found, each).lower() for each in unsure["measure"]]
        text += " " + say("programme.guarantee.unsure", measures=", ".join(names))
    return text


def _pairs(found: Findings) -> str:
    """What the matched comparison shows, of how many members, and how alike the pairs are."""
    balance, language = found.balance, found.language
    if balance.empty or not int(balance["pairs"].iloc[0]):
        return language.say("programme.guarantee.no_pairs")
    pairs, members = (int(balance[name].iloc[0]) for name in ("pairs", "members"))
    worst, unlike = float(balance["matched"].abs().max()), ""
    if not worst <= _BALANCED:
        unlike = language.say("programme.guarantee.unlike", worst=language.number(worst, 2))
    shown = _shown(found, MATCHED)
    return language.say("programme.guarantee.pairs", pairs=pairs, members=members, unlike=unlike, shown=shown)


def _cause(found: Findings) -> str:
    """What is not shown, and what would show it."""
    text, language = _selection(found), found.language
    sizes = found.experiment.dropna(subset=["adjusted"])
    if sizes.empty:
        return text
    each, least = sizes.iloc[(sizes["effect"] - 0.1).abs().argmin()], ""
    if pd.notna(each["least_effect"]):
        available, effect = language.count(each["available"]), language.percent(each["least_effect"], 0)
        least = language.say("programme.guarantee.least", available=available, effect=effect)
    needed = language.say(
        "programme.guarantee.experiment",
        n=found.programme.outcome_months,
        effect=language.percent(each["effect"], 0),
        adjusted=language.count(each["adjusted"]),
        plain=language.count(each["plain"]),
        least=least,
    )
    return f"{text} {needed}"


def _selection(found: Findings) -> str:
    """What the comparison of members with all others says of the rule, and what it does not say of the programme."""
    proof, say = found.proof, found.language.say
    row = proof[(proof["comparison"] == ALL) & (proof["measure"] == "revenue")].iloc[0]
    if not row["beyond_chance"]:
        return say("programme.guarantee.unshown")
    side = "less" if row["difference"] < 0 else "more"
    return say(f"programme.guarantee.{side}.{'bought' if found.goods else 'paid'}")


def _words(found: Findings, measure: str) -> str:
    """What an outcome is called; who has a contract does not buy again, but goes on paying."""
    if measure == "retention" and not found.goods:
        return found.language.say("programme.guarantee.went_on")
    key = f"programme.guarantee.measures.{measure}"
    return found.language.say(key) if found.language.knows(key) else measure


def _range(found: Findings, row: Mapping[Hashable, Any]) -> str:
    """The interval of a difference; that of two shares is in percentage points."""
    language = found.language
    if row["measure"] in _SHARES:
        low, high = (language.number(100 * row[name], 1) for name in ("low", "high"))
        return language.say("programme.guarantee.points", low=low, high=high)
    of = _kind(found, row["measure"])
    return language.say("programme.span", low=of(row["low"]), high=of(row["high"]))


def _kind(found: Findings, measure: str) -> Callable[[float], str]:
    """How the values of an outcome are written."""
    if measure == "revenue":
        return found.money
    return found.language.percent if measure in _SHARES else lambda value: found.language.number(value, 2)
