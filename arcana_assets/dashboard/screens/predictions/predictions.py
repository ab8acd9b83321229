"""Previsões: all predictions of the month at a glance, then one in full: expected, sure, proved, and who.

Belongs here: the screen from the top. Does not belong here: how sure it is (`proof`), the list (`likely`), reading the
lake (`told`).
"""

from itertools import pairwise

import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.address import follow, one_of, tell
from arcana_assets.dashboard.links import to_screen
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.predictions import likely, proof
from arcana_assets.dashboard.screens.predictions.told import Row, Told, said_value, titled, told_of, value_of
from arcana_assets.domain.months import shifted
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.report.money import covered_by_what_serves
from arcana_assets.predictions.report.said import chance, why, within
from arcana_assets.presentation.language import Language


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    found = told_of(place)
    month = language.month(place.month)
    parts.heading(say("predictions.title", month=month), say("predictions.lead") if found else "")
    if not found:
        parts.nothing(say("page.no_month", month=month))
        return
    _open(place, found)
    _all(place, found)
    told = _chosen(place, found)
    parts.section(titled(place, told), why(language, told.model, told.board, told.prediction))
    if not told.champion:
        parts.nothing(say("predictions.nothing"))
        return
    _figures(place, told)
    proof.show(place, told)
    to_screen("arquivos", say("predictions.card"))
    if viewer.may("customers"):
        likely.show(place, viewer, told)


def _open(place: Place, found: list[Told]) -> None:
    """That the month is not over, and repeats what the one before it said."""
    made_in = found[0].model["made_in"]
    if made_in < place.month:
        language = place.language
        said = language.say("predictions.open", month=language.month(place.month), before=language.month(made_in))
        parts.sentence(said)


def _all(place: Place, found: list[Told]) -> None:
    """A line a prediction and horizon; without what changed where nothing of all is compared, as in an open month."""
    say = place.language.say
    changes = [change(place, each) for each in found]
    compared = any(changes)
    summed = "predictions.money.sum_about" if any(each.of_money for each in found) else "predictions.expected_about"
    parts.table(
        [
            parts.Header(place.label("prediction_title")),
            parts.Header(say("predictions.when")),
            parts.Header(say("predictions.expected"), True, say(summed)),
            *([parts.Header(say("words.against_last_month"), True)] if compared else []),
            parts.Header(say("predictions.sure"), False, say("predictions.sure_about")),
        ],
        [
            (
                each.prediction.title,
                within(place.language, each.horizon, each.prediction.unit),
                _expected(place, each),
                *([changed] if compared else []),
                _sure(place, each),
            )
            for each, changed in zip(found, changes, strict=True)
        ],
    )
    for title in contradicted(place, found):
        parts.sentence(say("predictions.inverted", title=title))


def contradicted(place: Place, found: list[Told]) -> list[str]:
    """The titles of predictions of which less is expected within a longer time: what happens by then adds up."""
    titles = list[str]()
    for prediction in place.domain.predictions:
        mine = [each.now(place.month) for each in found if each.prediction.name == prediction.name]
        sums = [value[1] for row in mine if (value := value_of(row))]
        if prediction.target != "silent" and any(later < sooner for sooner, later in pairwise(sums)):
            titles.append(prediction.title)
    return titles


def _expected(place: Place, told: Told) -> str:
    now = told.now(place.month)
    if now is None:
        return ""
    of = "predictions.money.of" if told.of_money else "predictions.of"
    return place.language.say(of, expected=said_value(place, now), n=now["customers"])


def change(place: Place, told: Told) -> str:
    """How much more or less is expected than a month ago; nothing where that says the same again, or nothing."""
    now, before = told.now(place.month), told.now(shifted(place.month, -1))
    if now is None or before is None or now["made_in"] == before["made_in"]:
        return ""
    one, other = value_of(now), value_of(before)
    return place.language.change(one[1], other[1]) if one and other and one[0] == other[0] else ""


def _sure(place: Place, told: Told) -> str:
    say, language = place.language.say, place.language
    if not told.champion:
        return say("predictions.sure_silent")
    if told.skill is not None and told.informed:
        saves = "predictions.money.sure_saves" if told.of_money else "predictions.sure_saves"
        return say(saves, skill=language.percent(told.skill, 0))
    if told.informed and told.champion != LAST:
        return say("predictions.sure_unknown")
    return say("predictions.sure_last" if told.informed else "predictions.sure_base")


def _chosen(place: Place, found: list[Told]) -> Told:
    """The prediction that is looked at, as the URL says."""
    by_key = {each.key: each for each in found}
    best = [each for each in found if each.skill is not None] or [each for each in found if each.informed] or found
    usual = best[0].key
    key = f"prediction {place.domain.name}"
    follow("previsao", key, one_of(list(by_key), usual))
    if st.session_state[key] not in by_key:
        st.session_state[key] = usual
    label = place.language.say("predictions.choose")
    chosen = str(st.selectbox(label, list(by_key), format_func=lambda each: titled(place, by_key[each]), key=key))
    tell("previsao", "" if chosen == usual else chosen)
    return by_key[chosen]


def _figures(place: Place, told: Told) -> None:
    say, language = place.language.say, place.language
    now = told.now(place.month)
    if now is None:
        parts.nothing(say("predictions.nobody"))
        return
    more = change(place, told)
    sums = [found[1] if (found := value_of(row)) else None for row in told.months.values()]
    expected = "predictions.money.expected" if told.of_money else "predictions.expected"
    shown = [
        parts.Figure(
            say(expected),
            said_value(place, now),
            say("predictions.money.expected_about" if told.of_money else "predictions.expected_about"),
            say("predictions.change", change=more) if more else "",
            line=tuple(sums),
        ),
        parts.Figure(say("words.customers"), language.count(now["customers"]), say("predictions.customers_about")),
        _mean(place, now, language),
    ]
    if told.skill is not None:
        about = say("predictions.money.saved_about" if told.of_money else "predictions.saved_about")
        shown.append(parts.Figure(say("predictions.saved"), language.percent(told.skill, 0), about))
    covered = covered_by_what_serves(told.board) if told.of_money else None
    if covered is not None:
        about = say("predictions.money.within_about")
        shown.append(parts.Figure(say("predictions.money.within"), language.percent(covered, 0), about))
    parts.figures(shown)


def _mean(place: Place, now: Row, language: Language) -> parts.Figure:
    name, total = value_of(now) or ("probability", 0.0)
    mean = total / float(now["customers"])
    said = language.money(mean, place.domain.currency) if name == "expected" else chance(language, mean)
    return parts.Figure(language.say("predictions.mean"), said, language.say("predictions.mean_about"))
