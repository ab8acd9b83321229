"""Explanation: what is held of the customer and why it is where it is, to be handed to the person who asks for it.

Belongs here: the two buttons. Does not belong here: the page and the data (`explanation`), what the screen shows of a
customer (`customer`).
"""

from collections.abc import Callable

import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer, log_export
from arcana_assets.dashboard.export import ROLE
from arcana_assets.dashboard.place import Place
from arcana_assets.deployment import Deployment
from arcana_assets.explanation.report import Explanation, as_json, as_page, explain


def show(place: Place, viewer: Viewer, code: str) -> None:
    """The buttons, for who may see customers. Which customer it was is not in the log of exports: only that it was."""
    if not viewer.may(ROLE):
        return
    say = place.language.say
    file = say("explanation.file")

    def made(write: Callable[[Explanation], str], format_: str) -> Callable[[], bytes]:
        def bytes_of() -> bytes:
            viewer.must(ROLE)
            found = explain(place.domain, place.reader, code, place.month)
            rows, month = sum(len(each.rows) for each in found.held), f"{place.month:%Y-%m}"
            log_export(Deployment.from_env(), viewer, place.domain.name, month, file, {}, rows, format_)
            return write(found).encode()

        return bytes_of

    parts.section(say("explanation.ask"), say("explanation.ask_said"))
    left, right, _ = st.columns([1, 1, 2])
    with left:
        st.download_button(
            say("explanation.download"), made(as_page, "html"), f"{file}.html", "text/html", on_click="ignore"
        )
    with right:
        st.download_button(
            say("explanation.download_json"),
            made(as_json, "json"),
            f"{file}.json",
            "application/json",
            on_click="ignore",
        )
