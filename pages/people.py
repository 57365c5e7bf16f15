"""People who agreed to be named in pictures: who is enrolled, enrolling, who is here, and the roster."""

import streamlit as st

from fer.languages import N_, _
from fer.privacy import law
from fer.web import guards, people_parts, screen

guards.require_admin()

VIEWS = {
    N_("Enrolled"): people_parts.enrolled,
    N_("Enrol somebody"): people_parts.enrol,
    N_("Who is here"): people_parts.who_is_here,
    N_("Roster"): people_parts.roster,
}


def main() -> None:
    running = guards.running()
    st.title(_("People"))
    st.caption(_(law.ARTICLE_9))
    if running.people is None:
        st.info(
            _(
                "Nobody is recognised on this server. Whoever runs it switches it on with the setting FER_IDENTITY=on; what "
                "that needs is in docs/people.md."
            )
        )
        return
    for reason in filter(None, (running.people.refusal(), running.people.problem())):
        st.info(screen.plain(reason))
    view = st.segmented_control(
        _("What to do"),
        VIEWS,
        default="Enrolled",
        required=True,
        format_func=_,
        key="people-view",
        label_visibility="collapsed",
    )
    VIEWS[view](running.people)


main()
