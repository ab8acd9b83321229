"""Links from screen to screen, with what the next one is to show.

Belongs here: going to a screen, and what its URL says beside domain, month and segmentation. Does not belong here:
which screens there are (`app`).
"""

from collections.abc import Sequence

import streamlit as st

from arcana_assets.dashboard.parts import plain
from arcana_assets.dashboard.place import Place

KEPT = ("dominio", "mes", "segmentacao")


def to_screen(name: str, label: str, **asked: str) -> None:
    """A link to a screen, where the viewer may see it."""
    pages = st.session_state.get("pages", {})
    if name in pages:
        st.page_link(pages[name], label=plain(label), query_params=_query(asked))


def go(name: str, **asked: str) -> None:
    """Goes to a screen at once."""
    st.switch_page(st.session_state["pages"][name], query_params=_query(asked))


def open_customer(place: Place, codes: Sequence[str], at: int) -> None:
    """Opens a customer of a list, and keeps the list, so that the next one and the one before are a link away."""
    st.session_state["walk"] = (place.domain.name, place.month, tuple(codes))
    go("cliente", cliente=codes[at])


def beside(place: Place, code: str) -> tuple[int, tuple[str, ...]] | None:
    """Where a customer stands in the list that was opened last, and the list; None where the customer is not in it."""
    domain, month, codes = st.session_state.get("walk", ("", None, ()))
    if (domain, month) != (place.domain.name, place.month) or code not in codes:
        return None
    return codes.index(code), codes


def there_is(name: str) -> bool:
    """Whether the viewer may see a screen."""
    return name in st.session_state.get("pages", {})


def asked(name: str) -> str:
    """What the URL says, empty where it does not."""
    return str(st.query_params.get(name, ""))


def _query(asked: dict[str, str]) -> dict[str, str]:
    return {name: st.query_params[name] for name in KEPT if name in st.query_params} | asked
