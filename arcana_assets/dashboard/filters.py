"""The widgets by which customers are filtered, sorted and paged: the URL says each.

Belongs here: one function a kind of condition, the order, the page. Does not belong here: what a filter asks of
the lake (`screens.customers.customers`).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from arcana_assets.dashboard.address import SEPARATOR, begin, follow, listed, one_of, tell, written
from arcana_assets.dashboard.place import Place

Range = tuple[float | None, float | None]


def code_of(place: Place) -> str:
    """A part of the code."""
    say, key = place.language.say, "filter code"
    follow("codigo", key, str)
    found = st.text_input(say("customers.code"), placeholder=say("customers.code_hint"), max_chars=80, key=key)
    tell("codigo", found)
    return str(found).strip()


def segments_in(place: Place, segmentation: str, label: str) -> tuple[int, ...]:
    """Segments of a segmentation, by number: those of the one that is looked at are `segmento` in the URL."""
    name = "segmento" if segmentation == place.segmentation else f"segmento_{segmentation}"
    rows = place.records(
        """SELECT segment_id, min(persona) AS persona FROM segments WHERE segmentation = $segmentation
        GROUP BY segment_id ORDER BY persona, segment_id""",
        ["segments"],
        segmentation=segmentation,
    )
    names = {row["segment_id"]: str(row["persona"]) for row in rows}
    key = f"filter {place.domain.name} {segmentation} {place.month}"
    of = listed(list(names))
    follow(name, key, lambda said: of(said.replace(",", SEPARATOR)))
    chosen = st.multiselect(
        label,
        list(names),
        format_func=names.__getitem__,
        placeholder=place.language.say("words.all"),
        select_all=False,
        key=key,
    )
    tell(name, ",".join(str(each) for each in chosen))
    return tuple(chosen)


def states_of(place: Place, states: Sequence[str]) -> tuple[str, ...]:
    """States in a programme."""
    say, key = place.language.say, f"filter states {place.domain.name}"
    follow("situacao", key, listed(list(states)))
    chosen = st.multiselect(
        say("customers.states"),
        states,
        format_func=lambda each: say(f"loyalty.state_{each}"),
        placeholder=say("words.all"),
        select_all=False,
        key=key,
    )
    tell("situacao", written(chosen))
    return tuple(chosen)


def has_moved(place: Place) -> bool:
    """Whether only those are asked for who changed segment this month."""
    key = "filter moved"
    follow("mudou", key, lambda said: said == "1")
    found = st.checkbox(place.language.say("customers.moved"), key=key)
    tell("mudou", "1" if found else "")
    return bool(found)


def is_atypical(place: Place) -> bool:
    """Whether only those are asked for who stand out."""
    key = "filter atypical"
    follow("atipicos", key, lambda said: said == "1")
    found = st.checkbox(place.language.say("customers.atypical"), key=key)
    tell("atipicos", "1" if found else "")
    return bool(found)


def ranges_of(place: Place, deciles: Mapping[str, list[float]]) -> dict[str, Range]:
    """From which to which of its deciles a number may lie; the outermost are no bound."""
    found = dict[str, Range]()
    for name, cuts in deciles.items():
        if len(cuts) < 2:
            continue
        key = f"range {place.domain.name} {place.month} {name} {written(cuts)}"
        key, first = begin(f"faixa_{name}", key, partial(_range, cuts))
        low, high = st.select_slider(place.label(name), cuts, first, format_func=partial(place.said, name), key=key)
        bounds = (None if low == cuts[0] else low, None if high == cuts[-1] else high)
        tell(f"faixa_{name}", "" if bounds == (None, None) else written([f"{low:g}", f"{high:g}"]))
        found[name] = bounds
    return found


def _range(cuts: list[float], said: str) -> tuple[float, float]:
    """The cuts that are nearest to what the URL says: those of another month are others."""
    texts: list[Any] = said.split(SEPARATOR)
    try:
        low, high = sorted(float(text) for text in texts)
    except ValueError:
        return cuts[0], cuts[-1]
    return min(cuts, key=lambda cut: abs(cut - low)), min(cuts, key=lambda cut: abs(cut - high))


def page_of(place: Place, pages: int) -> int:
    """The number of a page, by a field and by the one before and the next."""
    say, key = place.language.say, "filter page"
    follow("pagina", key, lambda said: int(said) if said.isdecimal() else 1)
    st.session_state[key] = min(max(int(st.session_state[key]), 1), pages)
    if pages == 1:
        tell("pagina", "")
        return 1
    page = int(st.number_input(say("customers.page", n=pages), 1, pages, step=1, key=key))

    def turn(by: int) -> None:
        st.session_state[key] = page + by

    left, right = st.columns(2)
    left.button(say("customers.page_before"), on_click=turn, args=(-1,), disabled=page == 1)
    right.button(say("customers.page_next"), on_click=turn, args=(1,), disabled=page == pages)
    tell("pagina", "" if page == 1 else str(page))
    return page


def order_of(place: Place, names: list[str], usual: str) -> tuple[str, bool]:
    """The column by which customers are sorted, and whether the highest comes first."""
    say, left, right = place.language.say, *st.columns(2)
    key = f"filter order {place.domain.name}"
    follow("ordem", key, one_of(names, usual))
    if st.session_state[key] not in names:  # a column that is not shown any more
        st.session_state[key] = usual
    ways = {"": say("customers.down"), "sobe": say("customers.up")}
    follow("sentido", "filter way", one_of(list(ways), ""))
    with left:
        order = st.selectbox(say("customers.sort"), names, format_func=place.label, key=key)
    with right:
        way = st.selectbox(say("customers.direction"), list(ways), format_func=ways.__getitem__, key="filter way")
    tell("ordem", "" if order == usual else str(order))
    tell("sentido", str(way))
    return str(order), not way
