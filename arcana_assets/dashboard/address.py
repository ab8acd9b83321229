"""The address and the widgets of a screen say the same: what is chosen is in the URL, and what the URL says is chosen.

Belongs here: setting a widget from a link or by the browser's Back, and writing into the URL what somebody chose. Does
not belong here: going to another screen (`links`).
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

SEPARATOR = "~"
"""Between the parts of a value in the URL; the names of columns and segments have none."""


def follow(name: str, key: str, read: Callable[[str], Any], keep: bool = False) -> None:
    """Sets the widget `key` to what the URL says under `name`, before the widget is made.

    Not where the URL says what was written last: then the widget may know better, for somebody has just used it. Where
    it says something else, a link was opened or the browser went back. What is absent there is the usual choice, which
    `read` makes of an empty text; a choice to `keep` stays where the URL says nothing, as it does on another screen.
    """
    said = st.query_params.get(name, "")
    if key in st.session_state and (said == st.session_state.get(_told(name), "") or (keep and not said)):
        return
    st.session_state[key] = read(said)


def begin(name: str, key: str, read: Callable[[str], Any]) -> tuple[str, Any]:
    """As `follow`, for a widget whose kind its first value decides: the key that it is made with, and that value."""
    said, turns = st.query_params.get(name, ""), f"turns {key}"
    count, first = st.session_state.get(turns, (0, None))
    if first is None or said != st.session_state.get(_told(name), ""):
        count, first = count + 1, read(said)
        st.session_state[turns] = (count, first)
    return f"{key} {count}", first


def tell(name: str, text: str) -> None:
    """Writes a choice into the URL; the usual one is an empty text and is not written."""
    if text:
        st.query_params[name] = text
    elif name in st.query_params:
        del st.query_params[name]
    st.session_state[_told(name)] = text


def listed(options: list[Any]) -> Callable[[str], list[Any]]:
    """Reads some of the options, whatever else is said."""
    by_text = {str(each): each for each in options}
    return lambda said: [by_text[text] for text in said.split(SEPARATOR) if text in by_text]


def one_of(options: list[Any], usual: Any) -> Callable[[str], Any]:
    """Reads one of the options, the usual one for anything else."""
    by_text = {str(each): each for each in options}
    return lambda said: by_text.get(said, usual)


def written(chosen: list[Any] | tuple[Any, ...]) -> str:
    """Several choices as one text."""
    return SEPARATOR.join(str(each) for each in chosen)


def _told(name: str) -> str:
    return f"told {name}"
