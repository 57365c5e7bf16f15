"""People who agreed to be named in pictures: who is enrolled, enrolling, who is here, and the roster."""

import streamlit as st

from fer.privacy import law
from fer.web import guards, people_parts, screen

guards.require_admin()

VIEWS = {
    "Enrolled": people_parts.enrolled,
    "Enrol somebody": people_parts.enrol,
    "Who is here": people_parts.who_is_here,
    "Roster": people_parts.roster,
}


def main() -> None:
    running = guards.running()
    st.title("People")
    st.caption(law.ARTICLE_9)
    if running.people is None:
        st.info(
            "Nobody is recognised on this server. Whoever runs it switches it on with the setting FER_IDENTITY=on; what "
            "that needs is in docs/people.md."
        )
        return
    for reason in filter(None, (running.people.refusal(), running.people.problem())):
        st.info(screen.plain(reason))
    view = st.segmented_control(
        "What to do", VIEWS, default="Enrolled", required=True, key="people-view", label_visibility="collapsed"
    )
    VIEWS[view](running.people)


main()
