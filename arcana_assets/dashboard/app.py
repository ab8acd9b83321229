"""The script of the page, run for each thing that somebody does: who looks, at what, on which screen.

Belongs here: the frame around every screen. Does not belong here: what a screen shows (`screens`).
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from arcana_assets.catalogue.owners import owned_by
from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import (
    NOBODY,
    ROLES,
    NotServed,
    Role,
    Viewer,
    login_is_asked,
    roles_of,
    viewer_of,
)
from arcana_assets.dashboard.address import follow, one_of, tell
from arcana_assets.dashboard.domains import domains, spoken
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens import (
    about,
    data,
    files,
    loyalty,
    models,
    movement,
    overview,
    persona,
    products,
    recommendations,
    segments,
)
from arcana_assets.dashboard.screens.customers import customer, customers
from arcana_assets.dashboard.screens.predictions import predictions
from arcana_assets.dashboard.screens.predictions.told import models_of
from arcana_assets.deployment import Deployment
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.lake.reader import Key, Reader
from arcana_assets.presentation.labels import segmentation_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.pseudonyms.reader import OwnersReader

HERE = Path(__file__).parent
_log = logging.getLogger(__name__)
_FIRST = threading.Lock()  # of sessions that begin together one makes the reader that all of them share


@dataclass(frozen=True)
class Screen:
    """A screen: its name in the URL and in the texts, whom it is for, and the tables without which there is none.

    Of those that `any_of` names it takes one with rows of any month: such a screen says itself what a month lacks.
    """

    name: str
    show: Callable[[Place, Viewer], None]
    role: Role = "totals"
    tables: tuple[str, ...] = ()
    any_of: Callable[[Place], Sequence[Key]] | None = None


SCREENS = (
    Screen("visao-geral", overview.show),
    Screen("segmentos", segments.show, tables=("segment_profiles",)),
    Screen("persona", persona.show, tables=("segment_profiles",)),
    Screen("movimento", movement.show, tables=("segment_migration",)),
    Screen("clientes", customers.show, "customers", ("customer_360",)),
    Screen("cliente", customer.show, "customers", ("customer_360",)),
    Screen("previsoes", predictions.show, any_of=models_of),
    Screen("produtos", products.show, tables=("items_owned",)),
    Screen("recomendacoes", recommendations.show, tables=("recommendations",)),
    Screen("fidelidade", loyalty.show, tables=("loyalty_summary",)),
    Screen("dados", data.show, "quality"),
    Screen("modelos", models.show, "quality", ("segmentation_selection",)),
    Screen("arquivos", files.show),
    Screen("sobre", about.show),
)


def main() -> None:
    """One run of the page, from the top."""
    st.set_page_config(page_title="Arcana", page_icon=str(HERE / "static" / "favicon.png"), layout="wide")
    language = language_of(spoken())
    st.html(f"<style>{_style(language)}</style>")
    try:
        viewer = _viewer(language)
    except NotServed:
        _log.exception("the page shows nothing")
        parts.heading(language.say("login.not_served"), language.say("login.not_served_lead"))
        return
    if viewer is None:
        return
    try:
        place = _place(language)
        if place is None:
            return
        _navigate(place, viewer)
    except ArcanaError as error:
        _log.exception("the page cannot be shown")
        parts.heading(language.say("page.broken"))
        if viewer.may("quality"):  # what it says is for who mends it
            parts.nothing(str(error))


def _viewer(language: Language) -> Viewer | None:
    """Who looks; None while nobody has logged in, and where there is nothing for who did. Raises NotServed."""
    deployment = _deployment()
    if not login_is_asked(_secrets(), deployment):
        return Viewer(NOBODY, frozenset(ROLES))
    if not st.user.is_logged_in:
        parts.heading(language.say("login.title"), language.say("login.lead"))
        st.button(language.say("login.enter"), on_click=st.login, type="primary")
        return None
    claims, roles = st.user.to_dict(), roles_of(deployment.dashboard_roles)
    viewer = viewer_of(claims, roles, groups_claim=deployment.dashboard_groups)
    if viewer is None:
        st.logout()
        return None
    if not viewer.roles:
        parts.heading(language.say("login.no_role"), language.say("login.no_role_lead"))
        st.button(language.say("login.leave"), on_click=st.logout)
        return None
    return viewer


def _secrets() -> Mapping[str, Any]:
    try:
        return st.secrets.to_dict()
    except FileNotFoundError:
        return {}


def _place(language: Language) -> Place | None:
    """Where the viewer looks, as the sidebar and the URL say; None where the lake has nothing to see."""
    lake = reader()
    there = {name: domain for name, domain in domains().items() if lake.months((name, "gold", "customer_360"))}
    if not there:
        parts.heading(language.say("page.empty"), language.say("page.empty_lead"))
        return None
    with st.sidebar:
        names = list(there)
        asked_for = there.get(st.query_params.get("dominio", ""), there[names[0]])
        title = language_of(asked_for.language).say("page.domain")
        name = (
            _chosen("dominio", names, names[0], title, lambda each: there[each].title) if len(names) > 1 else names[0]
        )
        domain = there[name]
        language = language_of(domain.language)
        months = [f"{month:%Y-%m}" for month in reversed(lake.months((name, "gold", "customer_360")))]
        month = _chosen("mes", months, months[0], language.say("page.month"), lambda each: language.month(_month(each)))
        shown = [*(each.name for each in domain.segmentations), *(each.name for each in domain.combinations)]
        segmentation = ""
        if shown:
            words = language.say("page.segmentation")
            segmentation = _chosen("segmentacao", shown, shown[0], words, lambda each: segmentation_of(each, language))
    return Place(domain, lake, _month(month), segmentation)


def _month(text: str) -> date:
    return date(int(text[:4]), int(text[5:]), 1)


def _chosen(name: str, options: list[str], usual: str, label: str, written: Callable[[str], str]) -> str:
    """A choice of the sidebar that the URL says, and that stays from screen to screen."""
    key = f"choice {name}"
    follow(name, key, one_of(options, usual), keep=True)
    if st.session_state[key] not in options:  # of another domain, or of a month that is gone
        st.session_state[key] = usual
    chosen = str(st.selectbox(label, options, format_func=written, key=key))
    tell(name, chosen)
    return chosen


def _navigate(place: Place, viewer: Viewer) -> None:
    language = place.language
    there = {
        each.name
        for each in SCREENS
        if viewer.may(each.role)
        and all(place.reader.months(place.key(table)) for table in each.tables)
        and (each.any_of is None or any(place.reader.months(key) for key in each.any_of(place)))
    }
    pages = {
        each.name: st.Page(
            _runs(each, place, viewer),
            title=language.say(f"screens.{each.name}"),
            url_path="" if each is SCREENS[0] else each.name,
            default=each is SCREENS[0],
            # A link of another domain, or of somebody else, comes to a screen that says so.
            visibility="visible" if each.name in there else "hidden",
        )
        for each in SCREENS
    }
    st.session_state["pages"] = {name: page for name, page in pages.items() if name in there}
    # The first screen is at the root; a link by its name is to find it as well.
    first = st.Page(_runs(SCREENS[0], place, viewer), url_path=SCREENS[0].name, visibility="hidden")
    st.navigation([*pages.values(), first], expanded=True).run()


def _runs(screen: Screen, place: Place, viewer: Viewer) -> Callable[[], None]:
    def run() -> None:
        if not viewer.may(screen.role):
            parts.heading(place.language.say("login.no_role"))
            parts.nothing(place.language.say("page.not_yours"))
            return
        lacking = [table for table in screen.tables if not place.has(table)]
        if lacking:
            parts.heading(place.language.say(f"screens.{screen.name}"))
            parts.nothing(place.language.say("page.no_month", month=place.language.month(place.month)))
            return
        try:
            screen.show(place, viewer)
        except ArcanaError as error:
            _log.exception("the screen %s cannot be shown", screen.name)
            parts.nothing(place.language.say("page.broken"))
            if viewer.may("quality"):
                parts.nothing(str(error))

    return run


def reader() -> Reader:
    """The reader of the process, which all of its sessions share."""
    deployment = _deployment()
    with _FIRST:
        return _reader(deployment.lake, deployment.threads, deployment.memory_limit)


@cache
def _reader(lake: str, threads: int | None, memory_limit: str | None) -> Reader:
    return OwnersReader(lake, owned_by(domains().values()), threads, memory_limit)


@cache
def _style(language: Language) -> str:
    """The look of the page, and the words that it puts in the place of Streamlit's own."""
    said = "".join(
        f"--said-{name}: {json.dumps(language.say(f'said.{name}'), ensure_ascii=False)};"
        for name in ("skip", "no-option")
    )
    return (HERE / "static" / "style.css").read_text(encoding="utf-8") + f":root {{ {said} }}"


def _deployment() -> Deployment:
    return Deployment.from_env()
