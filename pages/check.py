"""The connection check: whether a camera will reach the server from here, before the lesson begins."""

from urllib.parse import urlsplit

import streamlit as st

from fer.web import check_texts, guards, language, links, screen
from fer.web.connection_check import ask_for
from fer.web.language import _

RUNS = "connection checks"


def main() -> None:
    running = guards.running()
    with screen.centred():
        language.picker()
        st.title(_("Check camera and network"))
        st.write(
            _(
                "Do this before the lesson, on the device and in the network that you will use. "
                "The camera is switched on for some seconds; no picture of it leaves your device."
            )
        )
        runs = st.session_state.get(RUNS, 0)
        if st.button(
            _("Check again") if runs else _("Start the check"), type="primary", icon=":material/network_check:"
        ):
            st.session_state[RUNS] = runs + 1
            st.rerun()
        if runs:
            base = urlsplit(links.base_url())
            check_texts.show(runs, ask_for(running.settings, base.hostname or ""))


main()
